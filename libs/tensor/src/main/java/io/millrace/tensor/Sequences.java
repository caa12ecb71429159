package io.millrace.tensor;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import java.util.List;

/**
 * Sequences of tensors, in the one form that exporters make of a chunk or split: SplitToSequence whose parts are taken
 * out by SequenceAt. Each SequenceAt is made to read the whole tensor itself; no sequence is ever made.
 */
final class Sequences {
    private Sequences() {}

    /** Whether a node makes a sequence that is only taken apart again, so that it need not run. */
    static boolean onlyTakenApart(Graph graph, Node node) {
        return node.is("SplitToSequence")
                && !graph.isOutput(node.output(0))
                && graph.consumers(node.output(0)).stream().allMatch(n -> n.is("SequenceAt"));
    }

    /**
     * A SequenceAt behind such a node with inputs (tensor, split, position) and the attributes of the split; any other
     * node as it is.
     */
    static Node resolved(Graph graph, Node node) {
        Node split = node.is("SequenceAt") ? graph.producer(node.input(0)) : null;
        if (split == null || !onlyTakenApart(graph, split)) {
            return node;
        }
        return node.withInputs(List.of(split.input(0), split.input(1), node.input(1)))
                .with("axis", split.intAttribute("axis", 0))
                .with("keepdims", split.intAttribute("keepdims", 1));
    }
}
