package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.util.List;

/** Stores weights of nodes. */
final class Weights {
    private Weights() {}

    /**
     * Stores what takes the place of a weight: under its name if only this node reads it, else under a new one.
     *
     * @param old the name so far; empty if there was none
     * @return the name the node has to read
     */
    static String put(Patch patch, Node reader, String old, String stem, Tensor tensor) {
        Graph graph = patch.graph();
        boolean own = graph.initializer(old) != null
                && !graph.isOutput(old)
                && graph.consumers(old).equals(List.of(reader))
                && reader.inputs().stream().filter(old::equals).count() == 1;
        if (own) {
            patch.set(old, tensor);
            return old;
        }
        return patch.store(stem, tensor);
    }
}
