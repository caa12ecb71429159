package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Removes what no output depends on. */
public final class DeadCode {
    private DeadCode() {}

    /** Removes the nodes no output depends on, and the initializers nothing reads. Changes the graph it is given. */
    public static void remove(Graph graph) {
        Set<Node> alive = new HashSet<>();
        Deque<String> wanted = new ArrayDeque<>();
        graph.outputs().forEach(output -> wanted.add(output.getName()));
        Set<String> seen = new HashSet<>();
        while (!wanted.isEmpty()) {
            String value = wanted.pop();
            Node producer = graph.producer(value);
            if (seen.add(value) && producer != null && alive.add(producer)) {
                wanted.addAll(Reads.of(producer));
            }
        }
        List<Node> dead =
                graph.nodes().stream().filter(node -> !alive.contains(node)).toList();
        graph.remove(dead);
        List<String> unused = new ArrayList<>(graph.initializers().keySet());
        unused.removeAll(seen);
        unused.forEach(graph::removeInitializer);
    }
}
