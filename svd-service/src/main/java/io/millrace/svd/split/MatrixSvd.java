package io.millrace.svd.split;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.util.List;

/**
 * A fully connected layer (Gemm, or MatMul with a constant right operand) as two: {@code [m, n]} becomes {@code [m, r]}
 * and {@code [r, n]}. The second takes scale and bias.
 */
public final class MatrixSvd implements SplitLayer {
    private final List<Use> uses;
    private final Tensor weight;
    private final boolean transposed;
    private final int m;
    private final int n;
    private Factors factors;

    /**
     * A layer that reads the weight.
     *
     * @param positions rows of one sample that are multiplied by the weight
     */
    record Use(Node node, long positions) {}

    /**
     * @param uses all layers that read the weight
     * @param weight as it is stored: {@code [m, n]}, or {@code [n, m]} if {@code transposed}
     */
    MatrixSvd(List<Use> uses, Tensor weight, boolean transposed) {
        this.uses = List.copyOf(uses);
        this.weight = weight;
        this.transposed = transposed;
        this.m = Math.toIntExact(weight.dim(transposed ? 1 : 0));
        this.n = Math.toIntExact(weight.dim(transposed ? 0 : 1));
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
        return Math.min(m, n);
    }

    private long positions() {
        return uses.stream().mapToLong(Use::positions).sum();
    }

    @Override
    public long macs() {
        return (long) m * n * positions();
    }

    @Override
    public long macs(int rank) {
        return (long) rank * (m + n) * positions();
    }

    @Override
    public double time() {
        return uses.stream()
                .mapToDouble(use -> TimeEstimate.layer(m, n, 1, use.positions, use.positions))
                .sum();
    }

    @Override
    public double time(int rank) {
        return uses.stream()
                .mapToDouble(use -> TimeEstimate.layer(m, rank, 1, use.positions, use.positions)
                        + TimeEstimate.layer(rank, n, 1, use.positions, use.positions))
                .sum();
    }

    @Override
    public void split(Graph graph, int rank) {
        requireRank(rank);
        Patch patch = Patch.of(graph, "weight-svd");
        String stem = node().input(1);
        String left = patch.store(
                stem + ".first", Tensor.ofFloats(factors().left(rank), m, rank).as(weight.type()));
        String right = patch.store(
                stem + ".second",
                Tensor.ofFloats(factors().right(rank), rank, n).as(weight.type()));
        nodes().forEach(node -> split(patch, node, left, right));
        patch.apply();
    }

    private static void split(Patch patch, Node node, String left, String right) {
        String between = patch.name(node.output(0) + "_between");
        Node first = node.withName(node.label() + "/first")
                .withInputs(List.of(node.input(0), left))
                .withOutputs(List.of(between))
                .without("transB")
                .without("alpha")
                .without("beta");
        Node second = node.withName(node.label() + "/second")
                .withInput(0, between)
                .withInput(1, right)
                .without("transA")
                .without("transB");
        patch.replace(node, first, second);
    }

    @Override
    public double largestWeight() {
        return Factors.largest(weight.floats());
    }

    @Override
    public double largestWeight(int rank) {
        return Math.max(
                Factors.largest(factors().left(rank)), Factors.largest(factors().right(rank)));
    }

    private Factors factors() {
        if (factors == null) {
            float[] matrix = weight.floats();
            factors = Factors.of(transposed ? transpose(matrix) : matrix, m, n);
        }
        return factors;
    }

    private float[] transpose(float[] values) {
        float[] matrix = new float[values.length];
        for (int o = 0; o < n; o++) {
            for (int i = 0; i < m; i++) {
                matrix[i * n + o] = values[o * m + i];
            }
        }
        return matrix;
    }
}
