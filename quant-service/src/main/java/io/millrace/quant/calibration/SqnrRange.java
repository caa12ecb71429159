package io.millrace.quant.calibration;

/**
 * The scale and offset of least squared error, as in AIMET's "tf-enhanced": 17 scales from 1/16 to 17/16 of the full
 * range, times 21 offsets and the one observed. The error of values that saturate counts threefold.
 */
final class SqnrRange {
    private static final int STEPS = 255;
    private static final int SCALES = 17;
    private static final int OFFSETS = 21;
    private static final double SATURATION_WEIGHT = 3;

    private final double[] middles;
    private final long[] counts;

    private SqnrRange(Histogram values) {
        long[] all = values.counts();
        int occupied = 0;
        for (long count : all) {
            occupied += count > 0 ? 1 : 0;
        }
        middles = new double[occupied];
        counts = new long[occupied];
        for (int bin = 0, at = 0; bin < all.length; bin++) {
            if (all[bin] > 0) {
                middles[at] = Math.max(values.min(), Math.min(values.max(), values.middle(bin)));
                counts[at++] = all[bin];
            }
        }
    }

    static Range of(Histogram values) {
        Range full = new Range(values.min(), values.max());
        if (full.min() == full.max()) {
            return full;
        }
        return new SqnrRange(values).best(full);
    }

    private Range best(Range full) {
        double least = Double.POSITIVE_INFINITY;
        Range best = full;
        for (int i = 1; i <= SCALES; i++) {
            double scale = (full.max() - full.min()) / STEPS * i / (SCALES - 1);
            for (int j = 0; j <= OFFSETS; j++) {
                double offset = offset(j, scale, full);
                double error = error(scale, offset);
                if (error < least) {
                    least = error;
                    best = new Range(offset * scale, (offset + STEPS) * scale);
                }
                if (full.min() == 0 || full.max() == 0) {
                    break;
                }
            }
        }
        return best;
    }

    /** Steps from the lower end to 0, negative: the observed one first, then evenly spaced ones. */
    private static double offset(int candidate, double scale, Range full) {
        if (full.min() == 0) {
            return 0;
        }
        if (full.max() == 0) {
            return -STEPS;
        }
        return candidate == 0
                ? Math.max(-STEPS, Math.rint(full.min() / scale))
                : -Math.rint((candidate - 1) * (double) STEPS / (OFFSETS - 1));
    }

    private double error(double scale, double offset) {
        double low = offset * scale;
        double high = (offset + STEPS) * scale;
        double error = 0;
        for (int i = 0; i < middles.length; i++) {
            double value = middles[i];
            double saturated = value < low ? low : value > high ? high : Double.NaN;
            double difference = value - (Double.isNaN(saturated) ? Math.rint(value / scale) * scale : saturated);
            double weight = Double.isNaN(saturated) ? 1 : SATURATION_WEIGHT;
            error += counts[i] * weight * difference * difference;
        }
        return error;
    }
}
