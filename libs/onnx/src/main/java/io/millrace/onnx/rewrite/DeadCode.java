package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Removes what no output depends on. */
public final class DeadCode {
    private DeadCode() {}

    /**
     * Removes the nodes no output depends on, and the initializers nothing reads. Changes the graph it is given.
     *
     * @param graph the graph, which is changed
     */
    public static void remove(Graph graph) {
        Set<Node> alive = new HashSet<>();
        Deque<String> wanted = new ArrayDeque<>();
        graph.outputs().forEach(output -> wanted.add(output.getName()));
        Set<String> seen = new HashSet<>();
        while (!wanted.isEmpty()) {
            String value = wanted.pop();
            Node producer = graph.producer(value);
            if (seen.add(value) && producer != null && alive.add(producer)) {
                wanted.addAll(producer.reads());
            }
        }
        Patch patch = Patch.of(graph, "remove-dead-code");
        graph.nodes().stream().filter(node -> !alive.contains(node)).forEach(patch::remove);
        graph.initializers().keySet().stream()
                .filter(name -> !seen.contains(name))
                .forEach(patch::forget);
        patch.apply();
    }
}
