package io.millrace.onnx.cost;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.List;

/** How many samples a model of fixed sizes computes at once: along the first axis, but not where that is time. */
final class FixedBatch {
    private static final int LONGEST_CHAIN = 16;

    private final Graph graph;
    private final Shapes shapes;

    FixedBatch(Graph graph, Shapes shapes) {
        this.graph = graph;
        this.shapes = shapes;
    }

    /** The batch that all inputs agree on; 1 if they do not. */
    long size() {
        long common = 0;
        for (ValueInfoProto input : graph.inputs()) {
            Shape shape = shapes.of(input.getName()).orElse(null);
            if (shape != null && shape.rank() > 1) {
                int axis = beginsWithTime(input.getName()) ? 1 : 0;
                long size = shape.dim(axis).sized(1);
                if (common != 0 && common != size) {
                    return 1;
                }
                common = size;
            }
        }
        return Math.max(1, common);
    }

    /** Whether a recurrent layer reads the value, or what operators by element make of it, step by step along axis 0. */
    private boolean beginsWithTime(String input) {
        List<String> reached = new ArrayList<>(List.of(input));
        for (int i = 0; i < reached.size() && i < LONGEST_CHAIN; i++) {
            for (Node reader : graph.consumers(reached.get(i))) {
                if (reader.input(0).equals(reached.get(i))
                        && Operators.of(reader).beginsWithTime(reader)) {
                    return true;
                }
                if (Operators.of(reader).isElementwise()) {
                    reached.add(reader.output(0));
                }
            }
        }
        return false;
    }
}
