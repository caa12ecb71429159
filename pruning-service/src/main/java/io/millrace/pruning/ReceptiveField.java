package io.millrace.pruning;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import java.util.Arrays;
import java.util.Random;

/**
 * What a layer sees of its input at one output position, as one row of numbers in the order of its weight; zero outside
 * the map. A fully connected layer is a convolution over one position.
 */
final class ReceptiveField {
    private final int channels;
    private final int kh;
    private final int kw;
    private final int[] strides;
    private final int[] dilations;
    private final int[] pads;
    private final boolean channelsLast;

    /**
     * Rows of a regression.
     *
     * @param inputs [count x unknowns]
     * @param residuals [count x outputs]: wanted minus made
     * @param targetEnergy sum of squares of what was wanted
     */
    record Sample(float[] inputs, float[] residuals, int count, double targetEnergy) {}

    private ReceptiveField(
            int channels, int kh, int kw, int[] strides, int[] dilations, int[] pads, boolean channelsLast) {
        this.channels = channels;
        this.kh = kh;
        this.kw = kw;
        this.strides = strides;
        this.dilations = dilations;
        this.pads = pads;
        this.channelsLast = channelsLast;
    }

    /** @param weight of a Conv with one group over one or two axes, a Gemm or a MatMul */
    static ReceptiveField of(Node layer, Tensor weight) {
        int[] ones = {1, 1};
        if (!layer.is("Conv")) {
            boolean transposed = layer.is("Gemm") && layer.intAttribute("transB", 0) != 0;
            return new ReceptiveField((int) weight.dim(transposed ? 1 : 0), 1, 1, ones, ones, new int[2], true);
        }
        boolean flat = weight.rank() == 3;
        return new ReceptiveField(
                (int) weight.dim(1),
                flat ? 1 : (int) weight.dim(2),
                (int) weight.dim(flat ? 2 : 3),
                pair(layer.intsAttribute("strides"), flat, 1),
                pair(layer.intsAttribute("dilations"), flat, 1),
                pair(layer.intsAttribute("pads"), flat, 0),
                false);
    }

    /** Values for height and width from an attribute of one or two axes (of pads the first half, the leading ones). */
    private static int[] pair(long[] values, boolean flat, int otherwise) {
        if (values == null || values.length == 0) {
            return new int[] {otherwise, otherwise};
        }
        return flat ? new int[] {otherwise, (int) values[0]} : new int[] {(int) values[0], (int) values[1]};
    }

    /** Numbers in one row. */
    int size() {
        return channels * kh * kw;
    }

    /**
     * Draws output positions of each sample of a batch.
     *
     * @param x input of the layer
     * @param made output of the layer, its kept channels only
     * @param wanted output of the original layer
     * @param rows channels of {@code wanted} that are kept
     * @param intercept whether each row ends with a 1
     * @param perImage positions drawn for each sample; all of them where there are no more
     */
    Sample sample(Tensor x, Tensor made, Tensor wanted, int[] rows, boolean intercept, int perImage, Random random) {
        Map3 in = Map3.of(x, channelsLast);
        Map3 out = Map3.of(made, channelsLast);
        Map3 goal = Map3.of(wanted, channelsLast);
        int positions = out.height * out.width;
        int drawn = Math.min(perImage, positions);
        int count = in.samples * drawn;
        int width = size() + (intercept ? 1 : 0);
        float[] inputs = new float[count * width];
        float[] residuals = new float[count * rows.length];
        double energy = 0;
        int row = 0;
        for (int n = 0; n < in.samples; n++) {
            int[] chosen = choose(positions, drawn, random);
            for (int position : chosen) {
                int y = position / out.width;
                int z = position % out.width;
                fill(inputs, row * width, in, n, y, z);
                if (intercept) {
                    inputs[row * width + width - 1] = 1;
                }
                for (int o = 0; o < rows.length; o++) {
                    float target = goal.at(n, rows[o], y, z);
                    residuals[row * rows.length + o] = target - out.at(n, o, y, z);
                    energy += (double) target * target;
                }
                row++;
            }
        }
        return new Sample(inputs, residuals, count, energy);
    }

    private void fill(float[] row, int at, Map3 in, int n, int y, int z) {
        for (int c = 0; c < channels; c++) {
            for (int h = 0; h < kh; h++) {
                int sourceY = y * strides[0] + h * dilations[0] - pads[0];
                for (int w = 0; w < kw; w++) {
                    int sourceX = z * strides[1] + w * dilations[1] - pads[1];
                    boolean inside = sourceY >= 0 && sourceY < in.height && sourceX >= 0 && sourceX < in.width;
                    row[at++] = inside ? in.at(n, c, sourceY, sourceX) : 0;
                }
            }
        }
    }

    /** Different positions, all of them in order where all are wanted. */
    private static int[] choose(int positions, int drawn, Random random) {
        int[] all = new int[positions];
        for (int i = 0; i < positions; i++) {
            all[i] = i;
        }
        for (int i = 0; i < drawn && drawn < positions; i++) {
            int other = i + random.nextInt(positions - i);
            int swap = all[i];
            all[i] = all[other];
            all[other] = swap;
        }
        return Arrays.copyOf(all, drawn);
    }

    /** A tensor seen as samples of channels over a map. */
    private record Map3(float[] values, int samples, int channels, int height, int width, boolean channelsLast) {

        /** [N, C, H, W] or [N, C, W]; with the channels last [N, C] or [N, T, C]. */
        static Map3 of(Tensor tensor, boolean channelsLast) {
            long[] dims = tensor.dims();
            int samples = (int) dims[0];
            int channels = (int) dims[channelsLast ? dims.length - 1 : 1];
            int positions = (int) (tensor.count() / Math.max(1, (long) samples * channels));
            int width = channelsLast || dims.length < 4 ? positions : (int) dims[3];
            return new Map3(tensor.floats(), samples, channels, positions / Math.max(1, width), width, channelsLast);
        }

        float at(int n, int c, int y, int x) {
            return channelsLast
                    ? values[(n * width + x) * channels + c]
                    : values[((n * channels + c) * height + y) * width + x];
        }
    }
}
