package io.millrace.svd.split;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.util.List;

/**
 * Spatial SVD (Jaderberg et al. 2014, Tai et al. 2016): a convolution {@code [n, m, kh, kw]} becomes a vertical one
 * {@code [r, m, kh, 1]} and a horizontal one {@code [n, r, 1, kw]}. Each takes stride, dilation and padding of its own
 * axis, the second the bias. Where the horizontal one would be one element wide (1x1 and kx1 kernels) it only mixes
 * channels, so the vertical one takes those of both axes and computes nothing that a stride then leaves out. A 1-D
 * convolution {@code [n, m, k]} becomes {@code [r, m, k]} and {@code [n, r, 1]}, a 1x1 convolution two 1x1 convolutions.
 */
public final class SpatialSvd implements SplitLayer {
    private final List<Use> uses;
    private final Tensor weight;
    private final int n;
    private final int m;
    private final int kh;
    private final int kw;
    private Factors factors;

    /** A convolution that reads the weight, and where it computes. */
    record Use(Node node, Positions positions) {}

    /**
     * Positions of one sample at which something is computed.
     *
     * @param input of the layer's input map
     * @param between of the map between the two layers: output height x input width
     * @param output of the layer's output map
     */
    record Positions(long input, long between, long output) {}

    /**
     * @param uses all convolutions that read the weight, each with one group
     * @param weight {@code [n, m, kh, kw]} or {@code [n, m, k]}
     */
    SpatialSvd(List<Use> uses, Tensor weight) {
        this.uses = List.copyOf(uses);
        this.weight = weight;
        this.n = Math.toIntExact(weight.dim(0));
        this.m = Math.toIntExact(weight.dim(1));
        this.kh = Math.toIntExact(weight.dim(2));
        this.kw = weight.rank() > 3 ? Math.toIntExact(weight.dim(3)) : 1;
    }

    @Override
    public List<Node> nodes() {
        return uses.stream().map(Use::node).toList();
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
        return uses.stream()
                .mapToLong(use -> weight.count() * use.positions.output)
                .sum();
    }

    @Override
    public long macs(int rank) {
        return uses.stream()
                .mapToLong(use -> (long) m * rank * kh * between(use) + (long) rank * n * kw * use.positions.output)
                .sum();
    }

    @Override
    public double time() {
        return uses.stream()
                .mapToDouble(use -> TimeEstimate.layer(m, n, (long) kh * kw, use.positions.input, use.positions.output))
                .sum();
    }

    @Override
    public double time(int rank) {
        return uses.stream()
                .mapToDouble(use -> TimeEstimate.layer(m, rank, kh, use.positions.input, between(use))
                        + TimeEstimate.layer(rank, n, kw, between(use), use.positions.output))
                .sum();
    }

    private long between(Use use) {
        return kw == 1 ? use.positions.output : use.positions.between;
    }

    @Override
    public void split(Graph graph, int rank) {
        requireRank(rank);
        Patch patch = Patch.of(graph, "spatial-svd");
        String stem = node().input(1);
        String first = patch.store(
                stem + ".vertical",
                Tensor.ofFloats(vertical(rank), shape(rank, m, kh, 1)).as(weight.type()));
        String second = patch.store(
                stem + ".horizontal",
                Tensor.ofFloats(horizontal(rank), shape(n, rank, 1, kw)).as(weight.type()));
        nodes().forEach(node -> split(patch, node, first, second));
        patch.apply();
    }

    private void split(Patch patch, Node node, String first, String second) {
        String between = patch.name(node.output(0) + "_between");
        Node vertical = node.withName(node.label() + "/vertical")
                .withInputs(List.of(node.input(0), first))
                .withOutputs(List.of(between));
        Node horizontal = node.withName(node.label() + "/horizontal")
                .withInput(0, between)
                .withInput(1, second);
        if (kw == 1) {
            patch.replace(node, kernel(vertical, kernelShape(kh, 1)), pointwise(horizontal));
        } else {
            patch.replace(node, along(0, kh, vertical), along(1, kw, horizontal));
        }
    }

    private static Node kernel(Node conv, long[] shape) {
        return conv.with("kernel_shape", shape);
    }

    private Node pointwise(Node conv) {
        return kernel(conv, kernelShape(1, 1))
                .without("strides")
                .without("dilations")
                .without("pads")
                .without("auto_pad");
    }

    /** Leaves of stride, dilation and padding what belongs to one axis. */
    private Node along(int axis, int kernel, Node conv) {
        int other = 1 - axis;
        long[] strides = conv.intsAttribute("strides", 1, 1);
        long[] dilations = conv.intsAttribute("dilations", 1, 1);
        long[] pads = conv.intsAttribute("pads", 0, 0, 0, 0);
        strides[other] = 1;
        dilations[other] = 1;
        pads[other] = 0;
        pads[2 + other] = 0;
        Node changed = kernel(conv, axis == 0 ? kernelShape(kernel, 1) : kernelShape(1, kernel))
                .with("strides", strides)
                .with("dilations", dilations);
        boolean automatic = !conv.stringAttribute("auto_pad", "NOTSET").equals("NOTSET");
        return automatic ? changed.without("pads") : changed.with("pads", pads);
    }

    private long[] kernelShape(long height, long width) {
        return weight.rank() > 3 ? new long[] {height, width} : new long[] {height};
    }

    @Override
    public double largestWeight() {
        return Factors.largest(weight.floats());
    }

    @Override
    public double largestWeight(int rank) {
        return Math.max(Factors.largest(vertical(rank)), Factors.largest(horizontal(rank)));
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
}
