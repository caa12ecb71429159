package io.millrace.onnx.simplify;

import ai.onnx.proto.OnnxMl.NodeProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** Computes once what is computed twice: nodes of the same operator, inputs and attributes. */
final class Twins {
    private static final long SMALL = 64;

    private Twins() {}

    /** The name of a value, or what a small stored tensor holds, which may be stored under several names. */
    private static String content(Graph graph, String value) {
        Tensor tensor = graph.initializer(value);
        if (tensor == null || tensor.count() > SMALL || tensor.type() == ElementType.STRING) {
            return value;
        }
        return tensor + " " + HexFormat.of().formatHex(bytes(tensor));
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[tensor.bytes().remaining()];
        tensor.bytes().get(bytes);
        return bytes;
    }

    /** Changes the model it is given, and says how many nodes are gone. */
    static int unite(OnnxModel model) {
        Graph graph = model.graph();
        Map<NodeProto, String> first = new HashMap<>();
        int united = 0;
        for (Node node : graph.nodes()) {
            if (!graph.contains(node)
                    || node.outputs().size() != 1
                    || !node.subgraphs().isEmpty()
                    || !node.domain().isEmpty()
                    || node.op().startsWith("Random")
                    || node.is("Multinomial", "Bernoulli", "Dropout")) {
                continue;
            }
            NodeProto key =
                    node
                            .withInputs(node.inputs().stream()
                                    .map(i -> content(graph, i))
                                    .toList())
                            .proto()
                            .toBuilder()
                            .clearName()
                            .clearOutput()
                            .clearDocString()
                            .clearMetadataProps()
                            .build();
            String twin = first.putIfAbsent(key, node.output(0));
            if (twin != null && !graph.isOutput(node.output(0)) && Bypass.of(graph, "unite-twins", node, twin)) {
                united++;
            }
        }
        return united;
    }
}
