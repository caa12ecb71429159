package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import java.util.Collection;
import java.util.List;

/** Stores and drops weights of nodes. */
final class Weights {
    private Weights() {}

    /**
     * Stores what takes the place of a weight: under its name if only this node reads it, else under a new one.
     *
     * @param old the name so far; empty if there was none
     * @return the name the node has to read
     */
    static String put(Graph graph, Node reader, String old, String stem, Tensor tensor) {
        boolean own = graph.initializers().containsKey(old)
                && !graph.isOutput(old)
                && graph.consumers(old).equals(List.of(reader))
                && reader.inputs().stream().filter(old::equals).count() == 1
                && graph.declaredInputs().stream()
                        .noneMatch(input -> input.getName().equals(old));
        if (own) {
            graph.setInitializer(old, tensor);
            return old;
        }
        return graph.addInitializer(stem, tensor);
    }

    /** Removes those of these values that are stored and that nothing reads any more. */
    static void dropUnread(Graph graph, Collection<String> values) {
        for (String value : values) {
            if (value.isEmpty() || !graph.consumers(value).isEmpty() || graph.isOutput(value)) {
                continue;
            }
            Node producer = graph.producer(value);
            if (producer != null && producer.is("Constant")) {
                graph.remove(List.of(producer));
            } else if (producer == null && graph.initializers().containsKey(value)) {
                graph.removeInitializer(value);
            }
        }
    }
}
