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
 * The part of a network behind some of its nodes: what changes when they change.
 *
 * @param model the nodes and all that depends on them; same outputs as the whole, as far as they depend on the nodes
 * @param inputs the values that cross the cut, in the order of the model's inputs
 */
public record Suffix(OnnxModel model, List<String> inputs) {

    /**
     * {@return the sub-network of a node and all that depends on it} Nothing but constants stands before the node
     * itself, which may be replaced there; what does not depend on any input of the network stays inside.
     *
     * @param model the model, which stays as it is
     * @param node where it begins
     * @throws IllegalArgumentException if no output of the network depends on the node
     */
    public static Suffix behind(OnnxModel model, Node node) {
        return behind(model, List.of(node));
    }

    /**
     * {@link #behind(OnnxModel, Node)} of several nodes: all that depends on any of them.
     *
     * @param model the model, which stays as it is
     * @param nodes where it begins
     * @return the part of the model, and what it reads
     */
    public static Suffix behind(OnnxModel model, List<Node> nodes) {
        Graph graph = model.graph();
        Set<String> behind = new HashSet<>();
        nodes.forEach(node -> behind.addAll(node.outputs()));
        Set<String> fixed = new HashSet<>(graph.initializers().keySet());
        Set<String> crossing = new LinkedHashSet<>();
        Set<String> known = new HashSet<>(fixed);
        graph.inputs().forEach(input -> known.add(input.getName()));
        for (Node each : graph.nodes()) {
            known.addAll(each.outputs());
            Set<String> reads = new LinkedHashSet<>(each.reads());
            reads.retainAll(known);
            if (nodes.contains(each) || reads.stream().anyMatch(behind::contains)) {
                behind.addAll(each.outputs());
                reads.stream()
                        .filter(v -> !behind.contains(v) && !fixed.contains(v))
                        .forEach(crossing::add);
            } else if (fixed.containsAll(reads)) {
                fixed.addAll(each.outputs());
            }
        }
        List<String> outputs = graph.outputs().stream()
                .map(ValueInfoProto::getName)
                .filter(behind::contains)
                .toList();
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("no output of the network depends on "
                    + nodes.stream().map(Node::label).toList());
        }
        List<String> inputs = List.copyOf(crossing);
        return new Suffix(SubModel.between(model, inputs, outputs), inputs);
    }
}
