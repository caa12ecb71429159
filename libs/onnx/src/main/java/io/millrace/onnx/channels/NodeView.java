package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Setting;
import io.millrace.onnx.shape.Dim;
import java.util.List;
import java.util.Optional;

/** A node as the rules of its operator read it: attributes, dimensions, and what is stored. Nothing here changes anything. */
public abstract class NodeView {
    final AtomGraph graph;
    final Node node;

    NodeView(AtomGraph graph, Node node) {
        this.graph = graph;
        this.node = node;
    }

    public Node node() {
        return node;
    }

    /** What to call the node in a reason. */
    public String label() {
        return node.name().isEmpty() ? node.label() : node.op() + " '" + node.name() + "'";
    }

    /** What to call the i-th input in a reason: what holds its axes, if that is known. */
    public String name(int input) {
        return graph.name(node.input(input));
    }

    /** The model's version of the standard operators. */
    public long opset() {
        return graph.opset();
    }

    public boolean has(int input) {
        return !node.input(input).isEmpty();
    }

    public int inputs() {
        return node.inputs().size();
    }

    public int outputs() {
        return node.outputs().size();
    }

    /** The atoms of an input. */
    public Layout layout(int input) {
        return has(input) ? graph.layout(node.input(input)) : Layout.NONE;
    }

    /** The atoms that have been given to an output. */
    public Layout given(int output) {
        return graph.layout(node.output(output));
    }

    /** Whether an input is a stored tensor or made of nothing else. */
    public boolean isStored(int input) {
        return graph.isStored(node.input(input));
    }

    /** The tensor behind an input, if it is one. */
    public Optional<Tensor> tensor(int input) {
        return graph.graph().constant(node.input(input));
    }

    /** Whether the channels of an input are zero when the rows that make them are. */
    public boolean keepsZero(int input) {
        return graph.keepsZero(node.input(input));
    }

    /** Whether every element of an input is zero, as far as that can be told. */
    public boolean isZero(int input) {
        return graph.isZero(node.input(input));
    }

    /** Whether channels under a LayerNormalization may go. */
    public boolean throughLayerNorm() {
        return graph.throughLayerNorm();
    }

    /** Number of axes of an input, -1 if it is not known. */
    public int rank(int input) {
        List<Dim> dims = shape(input);
        return dims == null ? -1 : dims.size();
    }

    /** Dimensions of an input, {@code null} if they are not known. */
    public List<Dim> shape(int input) {
        return graph.dims(node.input(input));
    }

    /** Dimensions of an output, {@code null} if they are not known. */
    public List<Dim> outShape(int output) {
        return graph.dims(node.output(output));
    }

    /** Dimensions of an input, -1 where a size is not known. */
    public long[] dims(int input) {
        return graph.numbers(node.input(input));
    }

    /** Dimensions of an output, -1 where a size is not known. */
    public long[] outDims(int output) {
        return graph.numbers(node.output(output));
    }

    /** Whether an output holds floating-point numbers. */
    public boolean makesFloats(int output) {
        return graph.type(node.output(output)).isFloatingPoint();
    }

    /** The attribute {@code axis}, counted from the front. */
    public int axis(long otherwise, int rank) {
        return Math.floorMod((int) node.intAttribute("axis", otherwise), rank);
    }

    /** The elements of an input that is known before the model runs, or {@code null}. */
    public long[] longs(int input) {
        return has(input) ? graph.longs(node.input(input)) : null;
    }

    /** The numbers of a setting; {@code null} if the node does not give it, or they are known only when the model runs. */
    public long[] longs(Setting setting) {
        long[] given = node.intsAttribute(setting.attribute(), (long[]) null);
        return given != null ? given : longs(setting.input());
    }

    /** Whether a setting is given, but known only when the model runs. */
    public boolean isComputed(Setting setting) {
        return longs(setting) == null && has(setting.input());
    }

    /** Whether an output is one of the network. */
    public boolean isOutput(int output) {
        return graph.graph().isOutput(node.output(output));
    }

    /** The nodes that read an output. */
    public List<Site> readers(int output) {
        return graph.graph().consumers(node.output(output)).stream()
                .map(reader -> new Site(graph, reader))
                .toList();
    }

    /** The node that makes an input, or {@code null}. */
    public Site maker(int input) {
        Node producer = graph.graph().producer(node.input(input));
        return producer == null ? null : new Site(graph, producer);
    }

    /** The shuffle that the node ends, or {@code null}; see {@link ChannelShuffle}. */
    public ChannelShuffle shuffle() {
        return graph.shuffles().ending(node.output(0));
    }

    /** The shuffle inside which the node is, or {@code null}. */
    public ChannelShuffle aroundIt() {
        return graph.shuffles().around(node.output(0));
    }

    /** Whether an axis is one of a list in which axes may be counted from the end. */
    public static int indexOf(long[] axes, int axis, int rank) {
        for (int i = 0; i < axes.length; i++) {
            if (Math.floorMod((int) axes[i], rank) == axis) {
                return i;
            }
        }
        return -1;
    }

    /** A bound of a Slice, as ONNX clamps it. */
    public static int bound(long value, int size) {
        return (int) Math.max(0, Math.min(size, value < 0 ? value + size : value));
    }
}
