package io.millrace.onnx;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The nodes of a graph in order, with who makes and who reads each value. Every edit costs what it touches. */
final class NodeIndex {
    private final NodeList order;
    private final Map<String, Node> producers = new HashMap<>();
    private final Map<String, Set<Node>> readers = new HashMap<>();

    NodeIndex(List<Node> nodes) {
        order = new NodeList(nodes);
        nodes.forEach(this::know);
    }

    NodeList order() {
        return order;
    }

    Node producer(String value) {
        return producers.get(value);
    }

    /** In topological order. */
    List<Node> readers(String value) {
        Collection<Node> found = readers.getOrDefault(value, Set.of());
        return found.size() < 2
                ? List.copyOf(found)
                : found.stream().sorted(order::compare).toList();
    }

    void insertBehind(Node reference, Node node) {
        order.insertBehind(reference, node);
        know(node);
    }

    void remove(Node node) {
        order.remove(node);
        for (String output : node.outputs()) {
            producers.remove(output, node);
        }
        for (String read : node.reads()) {
            Set<Node> others = readers.get(read);
            others.remove(node);
            if (others.isEmpty()) {
                readers.remove(read);
            }
        }
    }

    private void know(Node node) {
        for (String output : node.outputs()) {
            if (!output.isEmpty()) {
                producers.put(output, node);
            }
        }
        for (String read : node.reads()) {
            readers.computeIfAbsent(read, k -> new LinkedHashSet<>(2)).add(node);
        }
    }
}
