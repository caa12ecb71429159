package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;

/** Says why nothing can be cut on one side of a layer, in words that tell what to change. */
final class Obstacles {
    private final AtomGraph atomGraph;

    Obstacles(AtomGraph atomGraph) {
        this.atomGraph = atomGraph;
    }

    /** Why an operator without a channel rule is not followed, and what helps. */
    static String notFollowed(Node node) {
        return node.domain().equals(Operators.MICROSOFT)
                ? "is made of several by ONNX Runtime: cut the network as it was exported, before it is optimized"
                : "is not understood";
    }

    String ofOutputs(AtomGraph.Layer layer) {
        return layer.outputs() == null ? withoutOutputs(layer.node()) : reason(layer.outputs());
    }

    String ofInputs(AtomGraph.Layer layer) {
        return layer.inputs() == null ? "reads " + layer.inputName() : reason(layer.inputs());
    }

    private String reason(int[] ids) {
        for (int id : ids) {
            String reason = atomGraph.atoms().reason(id);
            if (reason != null) {
                return reason;
            }
        }
        return "its channels can only go all together";
    }

    private String withoutOutputs(Node node) {
        int[] weights = Operators.of(node).parameters().weights();
        for (int input : weights) {
            Tensor stored = atomGraph.graph().constant(node.input(input)).orElse(null);
            if (stored != null && !stored.type().isFloatingPoint()) {
                return "its weight is of type " + stored.type() + ": cut the network before it is quantized";
            }
            if (stored != null) {
                return "it has one output channel only";
            }
        }
        String weight = node.input(weights[0]);
        Node maker = atomGraph.graph().producer(weight);
        if (maker != null && Operators.of(maker).parameters().scales().length > 0) {
            return "its weight is quantized: cut the network before";
        }
        return "its weight '" + weight + "' is not stored but "
                + (maker == null ? "an input of the network" : "computed by " + maker.op())
                + ": fold constants first";
    }
}
