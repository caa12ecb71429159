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
    private final Node node;
    private final Tensor weight;
    private final boolean transposed;
    private final int m;
    private final int n;
    private final long positions;
    private Factors factors;

    /**
     * @param weight {@code [m, n]}, or {@code [n, m]} for a Gemm with transB
     * @param positions rows of one sample that are multiplied by the weight
     */
    MatrixSvd(Node node, Tensor weight, long positions) {
        this.node = node;
        this.weight = weight;
        this.transposed = node.is("Gemm") && node.intAttribute("transB", 0) != 0;
        this.m = Math.toIntExact(weight.dim(transposed ? 1 : 0));
        this.n = Math.toIntExact(weight.dim(transposed ? 0 : 1));
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
        return Math.min(m, n);
    }

    @Override
    public long macs() {
        return (long) m * n * positions;
    }

    @Override
    public long macs(int rank) {
        return (long) rank * (m + n) * positions;
    }

    @Override
    public double time() {
        return TimeEstimate.layer(m, n, 1, positions, positions);
    }

    @Override
    public double time(int rank) {
        return TimeEstimate.layer(m, rank, 1, positions, positions)
                + TimeEstimate.layer(rank, n, 1, positions, positions);
    }

    @Override
    public void split(Graph graph, int rank) {
        requireRank(rank);
        Patch patch = Patch.of(graph, "weight-svd");
        String between = patch.name(node.output(0) + "_between");
        String left = patch.store(
                node.input(1) + ".first",
                Tensor.ofFloats(factors().left(rank), m, rank).as(weight.type()));
        String right = patch.store(
                node.input(1) + ".second",
                Tensor.ofFloats(factors().right(rank), rank, n).as(weight.type()));
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
        patch.replace(node, first, second).apply();
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
