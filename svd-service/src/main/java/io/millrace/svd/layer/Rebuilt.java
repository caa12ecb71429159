package io.millrace.svd.layer;

import io.millrace.tensor.Matrix;
import java.util.List;

/** The kernel that a chain amounts to. */
public final class Rebuilt {
    private final Layer layer;

    private Rebuilt(Layer layer) {
        this.layer = layer;
    }

    /** Of each group, {@code [outputs x (inputs taps)]}, to be compared with {@link Layer#kernels}. */
    public static Matrix[] of(Layer layer, List<ChainLink> chain) {
        Matrix[] kernels = new Matrix[layer.groups()];
        for (int g = 0; g < kernels.length; g++) {
            kernels[g] = new Rebuilt(layer).group(chain, g);
        }
        return kernels;
    }

    private Matrix group(List<ChainLink> chain, int group) {
        int inputs = layer.inputs();
        boolean[] done = new boolean[layer.axes()];
        double[] made = new double[inputs * inputs];
        for (int i = 0; i < inputs; i++) {
            made[i * inputs + i] = 1;
        }
        int channels = inputs;
        for (ChainLink link : chain) {
            boolean[] both = done.clone();
            for (int axis = 0; axis < both.length; axis++) {
                both[axis] |= link.form().axes()[axis];
            }
            made = contracted(
                    link,
                    group,
                    made,
                    channels,
                    places(both, done),
                    places(both, link.form().axes()));
            channels = link.form().outputs() / layer.groups();
            done = both;
        }
        return new Matrix(made, layer.outputs(), inputs * layer.taps());
    }

    /**
     * One layer behind what the layers before it amount to, {@code [channels, inputs, elements]}.
     *
     * @param before of each element of the kernel of both, which element of the kernel before it holds
     * @param own which element of the layer's own kernel
     */
    private double[] contracted(ChainLink link, int group, double[] made, int channels, int[] before, int[] own) {
        Form form = link.form();
        int inner = form.groups() / layer.groups();
        int in = channels / inner;
        int outputs = form.outputs() / layer.groups();
        int out = outputs / inner;
        int taps = form.taps(layer);
        int earlier = made.length / (channels * layer.inputs());
        int inputs = layer.inputs();
        double[] result = new double[outputs * inputs * before.length];
        for (int sub = 0; sub < inner; sub++) {
            for (int k = 0; k < before.length; k++) {
                double[] left = new double[out * in];
                for (int o = 0; o < out; o++) {
                    for (int c = 0; c < in; c++) {
                        int row = group * outputs + sub * out + o;
                        left[o * in + c] = link.weight()[(row * in + c) * taps + own[k]];
                    }
                }
                double[] right = new double[in * inputs];
                for (int c = 0; c < in; c++) {
                    for (int i = 0; i < inputs; i++) {
                        right[c * inputs + i] = made[((sub * in + c) * inputs + i) * earlier + before[k]];
                    }
                }
                double[] product = product(left, right, out, in, inputs);
                for (int o = 0; o < out; o++) {
                    for (int i = 0; i < inputs; i++) {
                        result[((sub * out + o) * inputs + i) * before.length + k] = product[o * inputs + i];
                    }
                }
            }
        }
        return result;
    }

    private static double[] product(double[] left, double[] right, int rows, int inner, int columns) {
        if (inner > 1) {
            return new Matrix(left, rows, inner)
                    .times(new Matrix(right, inner, columns))
                    .values();
        }
        double[] product = new double[rows * columns];
        for (int i = 0; i < product.length; i++) {
            product[i] = left[i / columns] * right[i % columns];
        }
        return product;
    }

    /** Of each element of a kernel along some axes, which element it is of the kernel along a part of these axes. */
    private int[] places(boolean[] axes, boolean[] part) {
        int count = 1;
        for (int axis = 0; axis < axes.length; axis++) {
            count *= axes[axis] ? layer.kernel(axis) : 1;
        }
        int[] places = new int[count];
        for (int k = 0; k < count; k++) {
            int rest = k;
            int step = 1;
            for (int axis = axes.length - 1; axis >= 0; axis--) {
                int size = axes[axis] ? layer.kernel(axis) : 1;
                if (part[axis]) {
                    places[k] += rest % size * step;
                    step *= size;
                }
                rest /= size;
            }
        }
        return places;
    }
}
