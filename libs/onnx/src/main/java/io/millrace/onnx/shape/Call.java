package io.millrace.onnx.shape;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A node as its rule sees it: inputs and attributes to read, outputs to tell. */
record Call(Node node, Inference inference) {
    long opset() {
        return inference.model().opset();
    }

    /** Whether the i-th input is connected. */
    boolean given(int i) {
        return !node.input(i).isEmpty();
    }

    Shape in(int i) {
        Shape shape = inference.shape(node.input(i));
        if (shape == null) {
            throw new UninferableException(
                    given(i)
                            ? "the shape of its input " + node.input(i) + " is not known"
                            : "input " + i + " is missing");
        }
        return shape;
    }

    /** The elements of the i-th input, as far as they are known. */
    Optional<Value> value(int i) {
        return Optional.ofNullable(inference.value(node.input(i)));
    }

    /** The elements of the i-th input where all are numbers. */
    Optional<long[]> longs(int i) {
        return value(i).flatMap(Value::longs);
    }

    /** The numbers that steer the operator: an attribute up to some opset, the i-th input afterwards. */
    long[] longs(String attribute, int i) {
        long[] stored = node.intsAttribute(attribute, (long[]) null);
        if (stored != null || !given(i)) {
            return stored;
        }
        return longs(i).orElseThrow(() -> new UninferableException(
                "its " + attribute + " come from " + node.input(i) + ", which is known only when the model runs"));
    }

    long attribute(String name, long otherwise) {
        return node.intAttribute(name, otherwise);
    }

    long[] attribute(String name, long[] otherwise) {
        return node.intsAttribute(name, otherwise);
    }

    /** {@code axis} counted from the front. */
    static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new UninferableException("axis " + axis + " does not exist in " + rank + " dimensions");
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** The distinct axes as flags per dimension. */
    static boolean[] axes(long[] axes, int rank) {
        boolean[] flags = new boolean[rank];
        Arrays.stream(axes).forEach(a -> flags[axis(a, rank)] = true);
        return flags;
    }

    /** @throws UninferableException if two sizes that must be equal are known not to be */
    static void same(Dim a, Dim b, String what) {
        if (a.known() && b.known() && !a.equals(b)) {
            throw new UninferableException(what + ": " + a + " and " + b + " differ");
        }
    }

    /** A size of the i-th output that only shows when the model runs. */
    Dim fresh(int output, int axis) {
        return Dim.symbol(node.output(output) + "#" + axis);
    }

    void out(ElementType type, List<Dim> dims) {
        out(0, type, dims);
    }

    void out(int i, ElementType type, List<Dim> dims) {
        if (!node.output(i).isEmpty()) {
            inference.put(node.output(i), new Shape(type, dims));
        }
    }

    /** Tells an output by its elements. */
    void out(ElementType type, Value value) {
        out(type, Arrays.stream(value.dims()).mapToObj(Dim::of).toList());
        elements(value);
    }

    /** Tells the elements of the first output. */
    void elements(Value value) {
        elements(0, value);
    }

    void elements(int i, Value value) {
        if (value.elements().length <= Value.MOST_ELEMENTS && !node.output(i).isEmpty()) {
            inference.put(node.output(i), value);
        }
    }
}
