package io.millrace.pruning;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import java.util.stream.IntStream;

/** The stored weight and bias of a layer, by output: those of a Conv with one group, a Gemm or a MatMul. */
final class LayerWeight {
    private final Graph graph;
    private final Node layer;
    private final Tensor weight;
    private final boolean rowsFirst;
    private final int outputs;
    private final int columns;

    LayerWeight(Graph graph, Node layer) {
        this.graph = graph;
        this.layer = layer;
        this.weight = graph.initializer(layer.input(1));
        this.rowsFirst = outputAxis(layer, weight) == 0;
        this.outputs = Math.toIntExact(weight.dim(outputAxis(layer, weight)));
        this.columns = Math.toIntExact(weight.count() / outputs);
    }

    static int outputAxis(Node layer, Tensor weight) {
        return Operators.of(layer).parameters().outputAxis(layer, weight.rank());
    }

    /** The largest magnitude of each output's weights. */
    static double[] sizes(Node layer, Tensor weight) {
        float[] values = weight.floats();
        int outputs = Math.toIntExact(weight.dim(outputAxis(layer, weight)));
        int columns = values.length / outputs;
        boolean rowsFirst = outputAxis(layer, weight) == 0;
        return IntStream.range(0, outputs)
                .mapToDouble(o -> IntStream.range(0, columns)
                        .mapToDouble(c -> Math.abs(values[rowsFirst ? o * columns + c : c * outputs + o]))
                        .max()
                        .orElse(0))
                .toArray();
    }

    private int at(int column, int output) {
        return rowsFirst ? output * columns + column : column * outputs + output;
    }

    /** The weights, [columns x outputs]. */
    float[] columns() {
        float[] stored = weight.floats();
        float[] values = new float[stored.length];
        for (int c = 0; c < columns; c++) {
            for (int o = 0; o < outputs; o++) {
                values[c * outputs + o] = stored[at(c, o)];
            }
        }
        return values;
    }

    /**
     * Adds a change to the weight and, with one more column, to the bias. A bias that another node reads, too, stays as
     * it is, and this layer gets its own.
     *
     * @param change [columns x outputs], or [columns + 1 x outputs]
     * @return the largest magnitude in the weight then
     */
    double add(float[] change) {
        float[] values = weight.floats();
        double largest = 0;
        for (int c = 0; c < columns; c++) {
            for (int o = 0; o < outputs; o++) {
                values[at(c, o)] += change[c * outputs + o];
                largest = Math.max(largest, Math.abs(values[at(c, o)]));
            }
        }
        Patch patch = Patch.of(graph, "reconstruct");
        patch.set(layer.input(1), Tensor.ofFloats(values, weight.dims()).as(weight.type()));
        if (change.length > values.length) {
            Tensor bias = graph.initializer(layer.input(2));
            float[] shifts = bias.floats();
            for (int o = 0; o < outputs; o++) {
                shifts[o] += change[columns * outputs + o];
            }
            Tensor shifted = Tensor.ofFloats(shifts, bias.dims()).as(bias.type());
            if (graph.consumers(layer.input(2)).size() == 1) {
                patch.set(layer.input(2), shifted);
            } else {
                patch.replace(layer, layer.withInput(2, patch.store(layer.input(2), shifted)));
            }
        }
        patch.apply();
        return largest;
    }
}
