package io.millrace.onnx.shape;

import ai.onnx.proto.OnnxMl.GraphProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.operator.Setting;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A node as the shape rule of its operator sees it: inputs and attributes to read, outputs to tell. */
public final class Call {
    private final Node node;
    private final Inference inference;

    Call(Node node, Inference inference) {
        this.node = node;
        this.inference = inference;
    }

    public Node node() {
        return node;
    }

    /** The model's version of the standard operators. */
    public long opset() {
        return inference.opset();
    }

    /** Whether the i-th input is connected. */
    public boolean given(int i) {
        return !node.input(i).isEmpty();
    }

    /**
     * The shape of the i-th input.
     *
     * @throws UninferableException if it is not known
     */
    public Shape in(int i) {
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
    public Optional<Value> value(int i) {
        return Optional.ofNullable(inference.value(node.input(i)));
    }

    /** The elements of the i-th input where all are numbers. */
    public Optional<long[]> longs(int i) {
        return value(i).flatMap(Value::longs);
    }

    /**
     * The numbers of a setting, {@code null} if the node does not give it.
     *
     * @throws UninferableException if they are known only when the model runs
     */
    public long[] longs(Setting setting) {
        long[] stored = node.intsAttribute(setting.attribute(), (long[]) null);
        if (stored != null || !given(setting.input())) {
            return stored;
        }
        return longs(setting.input())
                .orElseThrow(() -> new UninferableException("its " + setting.attribute() + " come from "
                        + node.input(setting.input()) + ", which is known only when the model runs"));
    }

    /** The numbers of a setting as far as they are known; {@code null} if none is, or the node does not give it. */
    public Dim[] elements(Setting setting) {
        long[] stored = node.intsAttribute(setting.attribute(), (long[]) null);
        return stored != null
                ? Arrays.stream(stored).mapToObj(Dim::of).toArray(Dim[]::new)
                : value(setting.input()).map(Value::elements).orElse(null);
    }

    public long attribute(String name, long otherwise) {
        return node.intAttribute(name, otherwise);
    }

    public long[] attribute(String name, long[] otherwise) {
        return node.intsAttribute(name, otherwise);
    }

    /** {@code axis} counted from the front. */
    public static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new ContradictionException("axis " + axis + " does not exist in " + rank + " dimensions");
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** The distinct axes as flags per dimension. */
    public static boolean[] axes(long[] axes, int rank) {
        boolean[] flags = new boolean[rank];
        Arrays.stream(axes).forEach(a -> flags[axis(a, rank)] = true);
        return flags;
    }

    /** @throws ContradictionException if two sizes that must be equal are known not to be */
    public static void same(Dim a, Dim b, String what) {
        if (a.known() && b.known() && !a.equals(b)) {
            throw new ContradictionException(what + ": " + a + " and " + b + " differ");
        }
    }

    /** A size of the i-th output that only shows when the model runs. */
    public Dim fresh(int output, int axis) {
        return Dim.symbol(node.output(output) + "#" + axis);
    }

    /** The first output is like the first input. */
    public void outAsIn() {
        out(in(0).type(), in(0).dims());
    }

    public void out(ElementType type, List<Dim> dims) {
        out(0, type, dims);
    }

    public void out(int i, ElementType type, List<Dim> dims) {
        if (!node.output(i).isEmpty()) {
            inference.put(node.output(i), new Shape(type, dims));
        }
    }

    /** Tells an output by its elements. */
    public void out(ElementType type, Value value) {
        out(type, Arrays.stream(value.dims()).mapToObj(Dim::of).toList());
        elements(value);
    }

    /** Tells the elements of the first output. */
    public void elements(Value value) {
        elements(0, value);
    }

    /** Tells the elements of the i-th output, if they are few enough to be followed. */
    public void elements(int i, Value value) {
        if (value.elements().length <= Value.MOST_ELEMENTS && !node.output(i).isEmpty()) {
            inference.put(node.output(i), value);
        }
    }

    /** The first output is a sequence of tensors of these shapes. */
    public void outSequence(List<Shape> items) {
        inference.putSequence(node.output(0), items);
    }

    /** The shapes of the tensors in the sequence that the i-th input is; {@code null} if they are not known. */
    public List<Shape> sequence(int i) {
        return inference.sequence(node.input(i));
    }

    /** The outputs of a sub-graph of the node, inferred from what is around it. */
    public Inside inside(GraphProto graph) {
        return new Inside(graph, inference.inside(graph));
    }

    /** What a sub-graph makes. */
    public static final class Inside {
        private final GraphProto graph;
        private final Inference inference;

        private Inside(GraphProto graph, Inference inference) {
            this.graph = graph;
            this.inference = inference;
        }

        /** The shape of an output, {@code null} if it is not known. */
        public Shape shape(int output) {
            return inference.shape(graph.getOutput(output).getName());
        }

        /** The elements of an output, {@code null} if nothing is known of them. */
        public Value value(int output) {
            return inference.value(graph.getOutput(output).getName());
        }
    }
}
