package io.millrace.onnx.simplify;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts the branch that is always taken in the place of an If. */
final class Branches {
    private Branches() {}

    /** Changes the model it is given, and says how many Ifs are gone. */
    static int inline(OnnxModel model) {
        Graph graph = model.graph();
        int inlined = 0;
        for (Node node : graph.nodes()) {
            if (node.is("If") && graph.contains(node)) {
                Tensor condition = graph.constant(node.input(0)).orElse(null);
                if (condition != null
                        && condition.count() == 1
                        && inline(graph, node, condition.longs()[0] != 0)) {
                    inlined++;
                }
            }
        }
        return inlined;
    }

    private static boolean inline(Graph graph, Node node, boolean taken) {
        GraphProto branch = node.attribute(taken ? "then_branch" : "else_branch")
                .orElseThrow()
                .getG();
        boolean nested = branch.getNodeList().stream()
                .anyMatch(inner -> !Node.of(inner).subgraphs().isEmpty());
        if (nested || branch.getSparseInitializerCount() > 0) {
            return false;
        }
        Patch patch = Patch.of(graph, "inline-branch");
        Map<String, String> names = new HashMap<>();
        for (TensorProto stored : branch.getInitializerList()) {
            Tensor tensor = Tensor.numbers(stored).orElse(null);
            if (tensor == null) {
                return false;
            }
            names.put(stored.getName(), patch.store(stored.getName(), tensor));
        }
        for (NodeProto inner : branch.getNodeList()) {
            inner.getOutputList().stream().filter(o -> !o.isEmpty()).forEach(o -> names.put(o, patch.name(o)));
        }
        List<Node> nodes = new ArrayList<>();
        for (NodeProto inner : branch.getNodeList()) {
            Node copy = Node.of(inner);
            nodes.add(copy.withInputs(renamed(copy.inputs(), names)).withOutputs(renamed(copy.outputs(), names)));
        }
        for (int i = 0; i < branch.getOutputCount(); i++) {
            String made = branch.getOutput(i).getName();
            nodes.add(Node.of("Identity", "", List.of(names.getOrDefault(made, made)), List.of(node.output(i))));
        }
        patch.replace(node, nodes).apply();
        return true;
    }

    private static List<String> renamed(List<String> values, Map<String, String> names) {
        return values.stream().map(v -> names.getOrDefault(v, v)).toList();
    }
}
