package io.millrace.onnx.nodetests;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/** Stores some of a node test's inputs with its model: node tests feed in what networks have as constants. */
public final class Binding {
    private Binding() {}

    /** The model with every input stored that is no floating-point number: shapes, axes, bounds, counts. */
    public static OnnxModel ofIntegers(NodeTest test) {
        return of(test, tensor -> !tensor.type().isFloatingPoint() || tensor.count() <= 1);
    }

    /** The model with the inputs stored that the predicate picks. */
    public static OnnxModel of(NodeTest test, Predicate<Tensor> stored) {
        ModelProto.Builder model = test.model().toBuilder();
        GraphProto.Builder graph = model.getGraphBuilder();
        test.inputs().forEach((name, tensor) -> {
            if (stored.test(tensor)) {
                graph.addInitializer(Net.message(tensor, name));
            }
        });
        for (int i = graph.getInputCount() - 1; i >= 0; i--) {
            Tensor tensor = test.inputs().get(graph.getInput(i).getName());
            if (tensor != null && stored.test(tensor)) {
                graph.removeInput(i);
            }
        }
        return OnnxReader.of(model.build());
    }

    /** The inputs that are not stored. */
    public static Map<String, Tensor> left(NodeTest test, OnnxModel bound) {
        Map<String, Tensor> left = new LinkedHashMap<>(test.inputs());
        left.keySet().removeAll(bound.graph().initializers().keySet());
        return left;
    }
}
