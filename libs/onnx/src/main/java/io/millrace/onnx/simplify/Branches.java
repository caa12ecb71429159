package io.millrace.onnx.simplify;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts the branch that is always taken in the place of an If. */
public final class Branches {
    /** The label of what is done, as {@link io.millrace.onnx.Provenance} has it. */
    public static final String STEP = "inline-branch";

    private Branches() {}

    /** Changes the model it is given, and says how many Ifs are gone. */
    static int inline(OnnxModel model) {
        return hasIf(model) ? inline(model, Shapes.infer(model)) : 0;
    }

    /**
     * {@return whether there is an If in the main graph}
     *
     * @param model the model, which stays as it is
     */
    public static boolean hasIf(OnnxModel model) {
        return model.graph().nodes().stream().anyMatch(node -> node.is("If"));
    }

    /**
     * Changes the model it is given where a condition is stored, or follows from sizes that are fixed.
     *
     * @param model the model, which is changed
     * @param shapes of the model, without assumptions
     * @return how many Ifs are gone; those whose branches hold sub-graphs of their own stay
     */
    public static int inline(OnnxModel model, Shapes shapes) {
        Graph graph = model.graph();
        int inlined = 0;
        for (Node node : graph.nodes()) {
            if (node.is("If") && graph.contains(node)) {
                Boolean condition = condition(graph, shapes, node.input(0));
                if (condition != null && inline(graph, node, condition)) {
                    inlined++;
                }
            }
        }
        return inlined;
    }

    private static Boolean condition(Graph graph, Shapes shapes, String value) {
        Tensor stored = graph.constantThrough(value).orElse(null);
        if (stored != null) {
            return stored.count() == 1 ? stored.longs()[0] != 0 : null;
        }
        List<Dim> elements = shapes.elements(value).orElse(List.of());
        return elements.size() == 1
                        && elements.get(0) != null
                        && elements.get(0).known()
                ? elements.get(0).value() != 0
                : null;
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
        Patch patch = Patch.of(graph, STEP);
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
