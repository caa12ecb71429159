package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import java.util.Arrays;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** At which of its inputs an operator reads what was trained, and in which form. */
public final class Parameters {
    private static final int[] NONE = {};

    int[] weights = NONE;
    int[] biases = NONE;
    int[] factors = NONE;
    int[] statistics = NONE;
    int[] integers = NONE;
    int[] scales = NONE;
    ToIntFunction<Node> outputAxis = node -> 0;

    Parameters() {}

    /**
     * {@return the inputs at which a node may read its weight, the usual one first; none if the operator has no
     * weight}
     */
    public int[] weights() {
        return weights.clone();
    }

    /** {@return the inputs that belong to the weights but are not multiplied} */
    public int[] biases() {
        return biases.clone();
    }

    /**
     * {@return all inputs that training changes by gradients: weights, biases, and what normalizations and activations
     * multiply or add channel by channel}
     */
    public int[] learned() {
        return Stream.of(weights, biases, factors).flatMapToInt(Arrays::stream).toArray();
    }

    /** {@return the inputs that hold means and variances of what was seen in training} */
    public int[] statistics() {
        return statistics.clone();
    }

    /** {@return the inputs that hold integers which stand for trained values} */
    public int[] integers() {
        return integers.clone();
    }

    /** {@return the inputs that are scales of a quantization, and no trained values} */
    public int[] scales() {
        return scales.clone();
    }

    /**
     * The axis of a layer's weight along which its output channels lie.
     *
     * @param node of this operator
     * @param rank the number of axes of the weight
     * @return from 0 to {@code rank - 1}
     */
    public int outputAxis(Node node, int rank) {
        int axis = outputAxis.applyAsInt(node);
        return axis < 0 ? axis + rank : axis;
    }
}
