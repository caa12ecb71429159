package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.cost.Sizes;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * All that the library knows of one operator. A family of operators declares its own in one class of this package; what
 * is not declared is not known, and whoever asks gets the cautious answer.
 */
public final class Operator {
    private final String name;
    private ToLongFunction<Sizes> macs;
    private int[] weights = {};
    private int[] biases = {};
    private int[] integers = {};
    private int[] scales = {};
    private boolean presents;
    private boolean elementwise;
    private Predicate<Node> timeFirst = node -> false;

    Operator(String name) {
        this.name = name;
    }

    /** The name as nodes carry it. */
    public String name() {
        return name;
    }

    /** The operator multiplies: its multiply-accumulates for one sample. */
    Operator macs(ToLongFunction<Sizes> rule) {
        macs = rule;
        return this;
    }

    /** The inputs that are multiplied with the data, those that are usually stored first. */
    Operator weights(int... inputs) {
        weights = inputs;
        return this;
    }

    /** The inputs that belong to the weights but are not multiplied. */
    Operator biases(int... inputs) {
        biases = inputs;
        return this;
    }

    /** The inputs that hold integers which stand for trained values. */
    Operator integers(int... inputs) {
        integers = inputs;
        return this;
    }

    /** The inputs that are scales of a quantization, and no trained values. */
    Operator scales(int... inputs) {
        scales = inputs;
        return this;
    }

    /** The result holds the elements of the first input, presented in another type, shape or order. */
    Operator presents() {
        presents = true;
        return this;
    }

    /** The result has at each place what the operator makes of the elements there. */
    Operator elementwise() {
        elementwise = true;
        return this;
    }

    /** Which nodes of the operator step along the first axis of their first input. */
    Operator timeFirst(Predicate<Node> nodes) {
        timeFirst = nodes;
        return this;
    }

    /** Whether the operator multiplies, so that it has a cost. */
    public boolean multiplies() {
        return macs != null;
    }

    /**
     * Multiply-accumulates for one sample; 0 for operators that do not multiply.
     *
     * @throws io.millrace.onnx.shape.UninferableException if they do not follow from what is known
     * @throws ArithmeticException if they overflow 64 bits
     */
    public long macs(Sizes sizes) {
        return macs == null ? 0 : macs.applyAsLong(sizes);
    }

    /** The inputs at which a node may read its weight, the usual one first; none if the operator has no weight. */
    public int[] weights() {
        return weights.clone();
    }

    /** The inputs that belong to the weights but are not multiplied. */
    public int[] biases() {
        return biases.clone();
    }

    /** The inputs that hold integers which stand for trained values. */
    public int[] integers() {
        return integers.clone();
    }

    /** The inputs that are scales of a quantization, and no trained values. */
    public int[] scales() {
        return scales.clone();
    }

    /**
     * Whether the result holds the elements of the first input, only presented in another type, shape or order: a weight
     * behind such a node is still a stored weight.
     */
    public boolean presentsItsInput() {
        return presents;
    }

    /** Whether the result has at each place what the operator makes of the elements there, whatever the shape. */
    public boolean isElementwise() {
        return elementwise;
    }

    /** Whether a node steps along the first axis of its first input, which is time then and not the batch. */
    public boolean beginsWithTime(Node node) {
        return timeFirst.test(node);
    }

    @Override
    public String toString() {
        return name;
    }
}
