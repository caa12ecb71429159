package io.millrace.tensor.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.tensor.Libtorch;
import io.millrace.tensor.UnsupportedOperatorException;
import java.util.Optional;
import java.util.function.Function;

/**
 * A node as its mapping reads it.
 *
 * @param opset version of the standard operators
 * @param constants the tensor behind a value, where the value never changes and is not trained
 */
public record NodeSpec(Node node, long opset, Function<String, Optional<Tensor>> constants) {

    /** Integers that a node is given by an attribute, by a constant, or by a tensor computed in each run. */
    @FunctionalInterface
    interface Integers {
        /** The integers in this run; {@code null} if the node is not given any. */
        long[] in(org.bytedeco.pytorch.Tensor[] inputs);
    }

    boolean has(int input) {
        return !node.input(input).isEmpty();
    }

    Optional<Tensor> constant(int input) {
        return has(input) ? constants.apply(node.input(input)) : Optional.empty();
    }

    long integer(String attribute, long otherwise) {
        return node.intAttribute(attribute, otherwise);
    }

    double real(String attribute, double otherwise) {
        return node.floatAttribute(attribute, (float) otherwise);
    }

    long[] integers(String attribute) {
        return node.intsAttribute(attribute, (long[]) null);
    }

    String text(String attribute, String otherwise) {
        return node.stringAttribute(attribute, otherwise);
    }

    Integers integersOf(int input) {
        if (!has(input)) {
            return in -> null;
        }
        Optional<Tensor> constant = constant(input);
        if (constant.isPresent()) {
            long[] values = constant.get().longs();
            return in -> values;
        }
        return in -> Libtorch.longs(in[input]);
    }

    /** By attribute in older opsets, by input in newer ones. */
    Integers integersOf(String attribute, int input) {
        long[] values = integers(attribute);
        return values != null ? in -> values : integersOf(input);
    }

    /** A number given by a constant input; {@code otherwise} if it is not given. */
    double scalar(int input, double otherwise) {
        if (!has(input)) {
            return otherwise;
        }
        Tensor tensor = constant(input)
                .orElseThrow(() -> new UnsupportedOperatorException(
                        node.op() + " with input " + input + " computed while the network runs"));
        return tensor.count() == 0 ? otherwise : tensor.floats()[0];
    }

    void refuse(boolean unsupported, String what) {
        if (unsupported) {
            throw new UnsupportedOperatorException(node.op() + " with " + what);
        }
    }

    /** Refuses outputs beyond the first ones that are read by somebody. */
    void onlyOutputs(int count) {
        for (int i = count; i < node.outputs().size(); i++) {
            refuse(!node.output(i).isEmpty(), "output " + i);
        }
    }

    static int axis(long axis, long rank) {
        return (int) (axis < 0 ? axis + rank : axis);
    }
}
