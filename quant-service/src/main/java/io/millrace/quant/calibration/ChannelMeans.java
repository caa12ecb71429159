package io.millrace.quant.calibration;

import java.nio.FloatBuffer;

/** The mean of each channel of a tensor, over batches and positions. */
public final class ChannelMeans {
    private final boolean last;
    private double[] sums;
    private long perChannel;

    /** @param last whether channels lie on the last axis; else on axis 1 */
    public ChannelMeans(boolean last) {
        this.last = last;
    }

    /** Adds a batch of this shape. */
    public void add(FloatBuffer values, long[] dims) {
        int channels = (int) (last ? dims[dims.length - 1] : dims[1]);
        int inner = 1;
        for (int i = 2; !last && i < dims.length; i++) {
            inner *= (int) dims[i];
        }
        if (sums == null) {
            sums = new double[channels];
        }
        int outer = values.remaining() / (channels * inner);
        for (int n = 0, at = 0; n < outer; n++) {
            for (int c = 0; c < channels; c++) {
                for (int p = 0; p < inner; p++) {
                    sums[c] += values.get(at++);
                }
            }
        }
        perChannel += (long) outer * inner;
    }

    /** The means so far. */
    public double[] means() {
        double[] means = new double[sums.length];
        for (int c = 0; c < means.length; c++) {
            means[c] = sums[c] / perChannel;
        }
        return means;
    }
}
