package io.millrace.svd.lowrank;

import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.KernelTaps;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.method.Family;
import io.millrace.tensor.Matrix;
import java.util.List;

/**
 * Chains of two layers: the first has the kernel, stride, dilation and padding along some axes, the second along the
 * others and the bias. Read as a matrix with rows (input, place along the first's axes) and columns (output, place along
 * the second's), a kernel of rank r is such a chain with r channels between, in each group by itself.
 *
 * <p>An axis along which the kernel is one element wide goes with the first of a convolution, which then computes nothing
 * that a stride leaves out, and with the second of a transposed one, which spreads.
 *
 * @param axes those of the first layer
 */
public record Pair(Layer layer, boolean[] axes, String first, String second) implements Family {

    public static Pair of(Layer layer, boolean[] axes, String first, String second) {
        boolean[] settled = axes.clone();
        for (int axis = 0; axis < settled.length; axis++) {
            if (layer.kernel(axis) == 1) {
                settled[axis] = layer.kind() != Layer.Kind.TRANSPOSED;
            }
        }
        return new Pair(layer, settled, first, second);
    }

    /** Squared error of the kernel at each rank, from the mildest on: the singular values that are left out. */
    public double[] losses() {
        double[] tails = new double[maxRank() + 1];
        for (Matrix kernel : layer.kernels()) {
            double[] lost = LowRank.of(matrix(kernel), null).tails();
            for (int rank = 0; rank < tails.length; rank++) {
                tails[rank] += lost[rank];
            }
        }
        return tails;
    }

    KernelTaps taps() {
        return KernelTaps.of(layer, axes);
    }

    @Override
    public int maxRank() {
        KernelTaps taps = taps();
        return Math.min(layer.inputs() * taps.firsts(), layer.outputs() * taps.seconds());
    }

    @Override
    public List<Form> forms(int rank) {
        boolean[] others = new boolean[axes.length];
        for (int axis = 0; axis < axes.length; axis++) {
            others[axis] = !axes[axis];
        }
        int groups = layer.groups();
        return List.of(
                new Form(first, groups, groups * layer.inputs(), groups * rank, axes),
                new Form(second, groups, groups * rank, groups * layer.outputs(), others));
    }

    /** The kernel {@code [outputs x (inputs taps)]} as a matrix {@code [(inputs firsts) x (outputs seconds)]}. */
    public Matrix matrix(Matrix kernel) {
        KernelTaps taps = taps();
        int columns = layer.outputs() * taps.seconds();
        double[] values = new double[kernel.values().length];
        int at = 0;
        for (int o = 0; o < layer.outputs(); o++) {
            for (int i = 0; i < layer.inputs(); i++) {
                for (int k = 0; k < layer.taps(); k++) {
                    int row = i * taps.firsts() + taps.first()[k];
                    values[row * columns + o * taps.seconds() + taps.second()[k]] = kernel.values()[at++];
                }
            }
        }
        return new Matrix(values, layer.inputs() * taps.firsts(), columns);
    }
}
