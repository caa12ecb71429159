package io.millrace.onnx.rewrite;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The part of a network behind one of its nodes: what changes when the node changes.
 *
 * @param model the node and all that depends on it; same outputs as the whole, as far as they depend on the node
 * @param inputs the values that cross the cut, in the order of the model's inputs
 */
public record Suffix(OnnxModel model, List<String> inputs) {

    /**
     * The sub-network of a node and all that depends on it. The node itself is in it and may be replaced there; nodes
     * that compute constants for it are in it too.
     *
     * @throws IllegalArgumentException if the model does not hold the node, or no output depends on it
     */
    public static Suffix behind(OnnxModel model, Node node) {
        Graph graph = model.graph();
        if (!graph.nodes().contains(node)) {
            throw new IllegalArgumentException("node " + node + " is not in this graph");
        }
        Set<String> changing = new HashSet<>(node.outputs());
        Set<Node> kept = new LinkedHashSet<>(Section.constants(graph));
        kept.add(node);
        for (Node other : graph.nodes()) {
            if (other != node && Reads.of(other).stream().anyMatch(changing::contains)) {
                kept.add(other);
                changing.addAll(other.outputs());
            }
        }
        List<String> outputs = graph.outputs().stream()
                .map(ValueInfoProto::getName)
                .filter(changing::contains)
                .toList();
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("no output of the network depends on node " + node);
        }
        List<String> inputs = crossing(graph, kept);
        return new Suffix(Section.of(model, kept, inputs, outputs), inputs);
    }

    /** What the kept nodes read and nobody among them makes. */
    private static List<String> crossing(Graph graph, Set<Node> kept) {
        Set<String> made = new HashSet<>();
        kept.forEach(node -> made.addAll(node.outputs()));
        Set<String> values = new LinkedHashSet<>();
        graph.inputs().forEach(input -> values.add(input.getName()));
        graph.nodes().forEach(node -> values.addAll(node.outputs()));
        Set<String> crossing = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            if (kept.contains(node)) {
                Reads.of(node).stream()
                        .filter(value -> !value.isEmpty() && values.contains(value) && !made.contains(value))
                        .forEach(crossing::add);
            }
        }
        return List.copyOf(crossing);
    }
}
