package io.millrace.onnx.simplify;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import java.util.ArrayList;
import java.util.List;

/** Lets the readers of one value read another that is equal, so that what makes the first can go. */
final class Bypass {
    private Bypass() {}

    /**
     * Bypasses the first output of a node. Sub-graphs keep what they read, and outputs of the network their names.
     *
     * @param other the equal value
     * @return whether it could be done
     */
    static boolean of(Graph graph, String step, Node node, String other) {
        String value = node.output(0);
        List<Node> readers = graph.consumers(value);
        if (readers.stream().anyMatch(reader -> reader.captured().contains(value))) {
            return false;
        }
        Patch patch = Patch.of(graph, step);
        if (!graph.isOutput(value)) {
            readers.forEach(reader -> patch.redirect(reader, value, other));
            patch.remove(node).apply();
            return true;
        }
        Node maker = graph.producer(other);
        List<Node> others = new ArrayList<>(graph.consumers(other));
        others.remove(node);
        if (maker == null
                || graph.isOutput(other)
                || others.stream().anyMatch(reader -> reader.captured().contains(other))) {
            return false;
        }
        patch.replace(
                maker,
                maker.withOutputs(maker.outputs().stream()
                        .map(output -> output.equals(other) ? value : output)
                        .toList()));
        others.forEach(reader -> patch.redirect(reader, other, value));
        patch.remove(node).apply();
        return true;
    }
}
