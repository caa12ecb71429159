package io.millrace.svd.split;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Spatial SVD (Jaderberg et al. 2014, Tai et al. 2016): a convolution {@code [n, m, kh, kw]} becomes a vertical one
 * {@code [r, m, kh, 1]} and a horizontal one {@code [n, r, 1, kw]}. Each takes stride, dilation and padding of its own
 * axis, the second the bias. A 1-D convolution {@code [n, m, k]} becomes {@code [r, m, k]} and {@code [n, r, 1]}, a 1x1
 * convolution two 1x1 convolutions.
 */
public final class SpatialSvd implements SplitLayer {
    private final Node node;
    private final Tensor weight;
    private final int n;
    private final int m;
    private final int kh;
    private final int kw;
    private final Positions positions;
    private Factors factors;

    /**
     * Positions of one sample at which something is computed.
     *
     * @param input of the layer's input map
     * @param between of the map between the two layers: output height x input width
     * @param output of the layer's output map
     */
    record Positions(long input, long between, long output) {}

    /** @param weight {@code [n, m, kh, kw]} or {@code [n, m, k]}, of a convolution with one group */
    SpatialSvd(Node node, Tensor weight, Positions positions) {
        this.node = node;
        this.weight = weight;
        this.n = Math.toIntExact(weight.dim(0));
        this.m = Math.toIntExact(weight.dim(1));
        this.kh = Math.toIntExact(weight.dim(2));
        this.kw = weight.rank() > 3 ? Math.toIntExact(weight.dim(3)) : 1;
        this.positions = positions;
    }

    @Override
    public Node node() {
        return node;
    }

    @Override
    public long channels() {
        return Math.min(m, n);
    }

    @Override
    public int maxRank() {
        return Math.min(m * kh, n * kw);
    }

    @Override
    public long macs() {
        return weight.count() * positions.output();
    }

    @Override
    public long macs(int rank) {
        return (long) m * rank * kh * positions.between() + (long) rank * n * kw * positions.output();
    }

    @Override
    public double time() {
        return TimeEstimate.layer(m, n, (long) kh * kw, positions.input(), positions.output());
    }

    @Override
    public double time(int rank) {
        return TimeEstimate.layer(m, rank, kh, positions.input(), positions.between())
                + TimeEstimate.layer(rank, n, kw, positions.between(), positions.output());
    }

    @Override
    public void split(Graph graph, int rank) {
        requireRank(rank);
        Patch patch = Patch.of(graph, "spatial-svd");
        String between = patch.name(node.output(0) + "_between");
        String first = patch.store(
                node.input(1) + ".vertical",
                Tensor.ofFloats(vertical(rank), shape(rank, m, kh, 1)).as(weight.type()));
        String second = patch.store(
                node.input(1) + ".horizontal",
                Tensor.ofFloats(horizontal(rank), shape(n, rank, 1, kw)).as(weight.type()));
        Node vertical = along(
                0,
                kh,
                node.withName(node.label() + "/vertical")
                        .withInputs(List.of(node.input(0), first))
                        .withOutputs(List.of(between)));
        Node horizontal = along(
                1,
                kw,
                node.withName(node.label() + "/horizontal")
                        .withInput(0, between)
                        .withInput(1, second));
        patch.replace(node, vertical, horizontal).apply();
    }

    /** Leaves of stride, dilation and padding what belongs to one axis; a 1-D convolution has only axis 0. */
    private Node along(int axis, int kernel, Node conv) {
        int axes = weight.rank() - 2;
        long[] strides = node.intsAttribute("strides", ones(axes));
        long[] dilations = node.intsAttribute("dilations", ones(axes));
        long[] pads = node.intsAttribute("pads", new long[2 * axes]);
        for (int other = 0; other < axes; other++) {
            if (other != axis) {
                strides[other] = 1;
                dilations[other] = 1;
                pads[other] = 0;
                pads[axes + other] = 0;
            }
        }
        Node changed = conv.with("kernel_shape", kernelShape(axis, axes, kernel))
                .with("strides", strides)
                .with("dilations", dilations);
        boolean automatic = !node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET");
        return automatic ? changed.without("pads") : changed.with("pads", pads);
    }

    private static long[] kernelShape(int axis, int axes, int kernel) {
        long[] shape = ones(axes);
        if (axis < axes) {
            shape[axis] = kernel;
        }
        return shape;
    }

    private float[] vertical(int rank) {
        float[] values = new float[rank * m * kh];
        for (int k = 0; k < rank; k++) {
            for (int row = 0; row < m * kh; row++) {
                values[k * m * kh + row] = factors().left(row, k);
            }
        }
        return values;
    }

    private float[] horizontal(int rank) {
        float[] values = new float[n * rank * kw];
        for (int o = 0; o < n; o++) {
            for (int k = 0; k < rank; k++) {
                for (int w = 0; w < kw; w++) {
                    values[(o * rank + k) * kw + w] = factors().right(k, o * kw + w);
                }
            }
        }
        return values;
    }

    /** The weight as a matrix: row {@code i kh + h}, column {@code o kw + w}. */
    private Factors factors() {
        if (factors == null) {
            float[] values = weight.floats();
            float[] matrix = new float[values.length];
            int at = 0;
            for (int o = 0; o < n; o++) {
                for (int row = 0; row < m * kh; row++) {
                    for (int w = 0; w < kw; w++) {
                        matrix[row * n * kw + o * kw + w] = values[at++];
                    }
                }
            }
            factors = Factors.of(matrix, m * kh, n * kw);
        }
        return factors;
    }

    private long[] shape(long outputs, long inputs, long height, long width) {
        return weight.rank() > 3 ? new long[] {outputs, inputs, height, width} : new long[] {outputs, inputs, height};
    }

    private static long[] ones(int count) {
        long[] values = new long[count];
        Arrays.fill(values, 1);
        return values;
    }
}
