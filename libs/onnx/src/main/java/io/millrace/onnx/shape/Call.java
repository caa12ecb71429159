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

    /** {@return the node whose shapes are inferred} */
    public Node node() {
        return node;
    }

    /** {@return the model's version of the standard operators} */
    public long opset() {
        return inference.opset();
    }

    /**
     * {@return whether the i-th input is connected}
     *
     * @param i number of the input, from 0
     */
    public boolean given(int i) {
        return !node.input(i).isEmpty();
    }

    /**
     * {@return the shape of the i-th input}
     *
     * @param i number of the input, from 0
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

    /**
     * {@return the elements of the i-th input, as far as they are known}
     *
     * @param i number of the input, from 0
     */
    public Optional<Value> value(int i) {
        return Optional.ofNullable(inference.value(node.input(i)));
    }

    /**
     * {@return the elements of the i-th input where all are numbers}
     *
     * @param i number of the input, from 0
     */
    public Optional<long[]> longs(int i) {
        return value(i).flatMap(Value::longs);
    }

    /**
     * {@return the numbers of a setting, {@code null} if the node does not give it}
     *
     * @param setting the numbers in question
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

    /**
     * {@return the numbers of a setting as far as they are known; {@code null} if none is, or the node does not give
     * it}
     *
     * @param setting the numbers in question
     */
    public Dim[] elements(Setting setting) {
        long[] stored = node.intsAttribute(setting.attribute(), (long[]) null);
        return stored != null
                ? Arrays.stream(stored).mapToObj(Dim::of).toArray(Dim[]::new)
                : value(setting.input()).map(Value::elements).orElse(null);
    }

    /**
     * {@return a number, or numbers, of an attribute; what is given here where the node does not have it}
     *
     * @param name of the attribute
     * @param otherwise where the node does not have it
     */
    public long attribute(String name, long otherwise) {
        return node.intAttribute(name, otherwise);
    }

    /**
     * {@return a number, or numbers, of an attribute; what is given here where the node does not have it}
     *
     * @param name of the attribute
     * @param otherwise where the node does not have it
     */
    public long[] attribute(String name, long[] otherwise) {
        return node.intsAttribute(name, otherwise);
    }

    /**
     * {@return {@code axis} counted from the front}
     *
     * @param axis from 0, or negative from the last
     * @param rank number of axes
     */
    public static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new ContradictionException("axis " + axis + " does not exist in " + rank + " dimensions");
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /**
     * {@return the distinct axes as flags per dimension}
     *
     * @param axes the axes, negative ones counted from the last
     * @param rank number of axes
     */
    public static boolean[] axes(long[] axes, int rank) {
        boolean[] flags = new boolean[rank];
        Arrays.stream(axes).forEach(a -> flags[axis(a, rank)] = true);
        return flags;
    }

    /**
     * @param a one size
     * @param b the other size
     * @param what what the sizes are of, for the message
     * @throws ContradictionException if two sizes that must be equal are known not to be
     */
    public static void same(Dim a, Dim b, String what) {
        if (a.known() && b.known() && !a.equals(b)) {
            throw new ContradictionException(what + ": " + a + " and " + b + " differ");
        }
    }

    /**
     * {@return a size of the i-th output that only shows when the model runs}
     *
     * @param output number of the output, from 0
     * @param axis number of the axis, from 0
     */
    public Dim fresh(int output, int axis) {
        return Dim.symbol(node.output(output) + "#" + axis);
    }

    /** The first output is like the first input. */
    public void outAsIn() {
        out(in(0).type(), in(0).dims());
    }

    /**
     * Says what an output is: the first one, where no number is given.
     *
     * @param type of the elements
     * @param dims of the output
     */
    public void out(ElementType type, List<Dim> dims) {
        out(0, type, dims);
    }

    /**
     * Says what an output is: the first one, where no number is given.
     *
     * @param i number of the output, from 0
     * @param type of the elements
     * @param dims of the output
     */
    public void out(int i, ElementType type, List<Dim> dims) {
        if (!node.output(i).isEmpty()) {
            inference.put(node.output(i), new Shape(type, dims));
        }
    }

    /**
     * Tells an output by its elements.
     *
     * @param type of the elements
     * @param value the elements
     */
    public void out(ElementType type, Value value) {
        out(type, Arrays.stream(value.dims()).mapToObj(Dim::of).toList());
        elements(value);
    }

    /**
     * Tells the elements of the first output.
     *
     * @param value the elements
     */
    public void elements(Value value) {
        elements(0, value);
    }

    /**
     * Tells the elements of the i-th output, if they are few enough to be followed.
     *
     * @param i number of the output, from 0
     * @param value the elements
     */
    public void elements(int i, Value value) {
        if (value.elements().length <= Value.MOST_ELEMENTS && !node.output(i).isEmpty()) {
            inference.put(node.output(i), value);
        }
    }

    /**
     * The first output is a sequence of tensors of these shapes.
     *
     * @param items shape of each tensor of the sequence
     */
    public void outSequence(List<Shape> items) {
        inference.putSequence(node.output(0), items);
    }

    /**
     * {@return the shapes of the tensors in the sequence that the i-th input is; {@code null} if they are not known}
     *
     * @param i number of the input, from 0
     */
    public List<Shape> sequence(int i) {
        return inference.sequence(node.input(i));
    }

    /**
     * {@return the outputs of a sub-graph of the node, inferred from what is around it}
     *
     * @param graph a sub-graph of the node
     */
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

        /**
         * {@return the shape of an output, {@code null} if it is not known}
         *
         * @param output number of the output, from 0
         */
        public Shape shape(int output) {
            return inference.shape(graph.getOutput(output).getName());
        }

        /**
         * {@return the elements of an output, {@code null} if nothing is known of them}
         *
         * @param output number of the output, from 0
         */
        public Value value(int output) {
            return inference.value(graph.getOutput(output).getName());
        }
    }
}
