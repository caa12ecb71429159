package io.millrace.onnx.rewrite;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import java.util.List;

/**
 * The part of a network behind one of its nodes: what changes when the node changes.
 *
 * @param model the node and all that depends on it; same outputs as the whole, as far as they depend on the node
 * @param inputs the values that cross the cut, in the order of the model's inputs
 */
public record Suffix(OnnxModel model, List<String> inputs) {

    /** The sub-network of a node and all that depends on it. The node itself is first in it and may be replaced there. */
    public static Suffix behind(OnnxModel model, Node node) {
        throw new UnsupportedOperationException("being built");
    }
}
