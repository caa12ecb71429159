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

    /** {@return the node} */
    public Node node() {
        return node;
    }

    /** {@return what to call the node in a reason} */
    public String label() {
        return node.name().isEmpty() ? node.label() : node.op() + " '" + node.name() + "'";
    }

    /**
     * {@return what to call the i-th input in a reason: what holds its axes, if that is known}
     *
     * @param input number of the input, from 0
     */
    public String name(int input) {
        return graph.name(node.input(input));
    }

    /** {@return the model's version of the standard operators} */
    public long opset() {
        return graph.opset();
    }

    /**
     * {@return whether an input is given, and not left out}
     *
     * @param input number of the input, from 0
     */
    public boolean has(int input) {
        return !node.input(input).isEmpty();
    }

    /** {@return how many inputs the node has, those left out included} */
    public int inputs() {
        return node.inputs().size();
    }

    /** {@return how many outputs the node has} */
    public int outputs() {
        return node.outputs().size();
    }

    /**
     * {@return the atoms of an input}
     *
     * @param input number of the input, from 0
     */
    public Layout layout(int input) {
        return has(input) ? graph.layout(node.input(input)) : Layout.NONE;
    }

    /**
     * {@return the atoms that have been given to an output}
     *
     * @param output number of the output, from 0
     */
    public Layout given(int output) {
        return graph.layout(node.output(output));
    }

    /**
     * {@return whether an input is a stored tensor or made of nothing else}
     *
     * @param input number of the input, from 0
     */
    public boolean isStored(int input) {
        return graph.isStored(node.input(input));
    }

    /**
     * {@return the tensor behind an input, if it is one}
     *
     * @param input number of the input, from 0
     */
    public Optional<Tensor> tensor(int input) {
        return graph.graph().constant(node.input(input));
    }

    /**
     * {@return whether the channels of an input are zero when the rows that make them are}
     *
     * @param input number of the input, from 0
     */
    public boolean keepsZero(int input) {
        return graph.keepsZero(node.input(input));
    }

    /**
     * {@return whether every element of an input is zero, as far as that can be told}
     *
     * @param input number of the input, from 0
     */
    public boolean isZero(int input) {
        return graph.isZero(node.input(input));
    }

    /** {@return whether channels under a LayerNormalization may go} */
    public boolean throughLayerNorm() {
        return graph.throughLayerNorm();
    }

    /**
     * {@return number of axes of an input, -1 if it is not known}
     *
     * @param input number of the input, from 0
     */
    public int rank(int input) {
        List<Dim> dims = shape(input);
        return dims == null ? -1 : dims.size();
    }

    /**
     * {@return dimensions of an input, {@code null} if they are not known}
     *
     * @param input number of the input, from 0
     */
    public List<Dim> shape(int input) {
        return graph.dims(node.input(input));
    }

    /**
     * {@return dimensions of an output, {@code null} if they are not known}
     *
     * @param output number of the output, from 0
     */
    public List<Dim> outShape(int output) {
        return graph.dims(node.output(output));
    }

    /**
     * {@return dimensions of an input, -1 where a size is not known}
     *
     * @param input number of the input, from 0
     */
    public long[] dims(int input) {
        return graph.numbers(node.input(input));
    }

    /**
     * {@return dimensions of an output, -1 where a size is not known}
     *
     * @param output number of the output, from 0
     */
    public long[] outDims(int output) {
        return graph.numbers(node.output(output));
    }

    /**
     * {@return whether an output holds floating-point numbers}
     *
     * @param output number of the output, from 0
     */
    public boolean makesFloats(int output) {
        return graph.type(node.output(output)).isFloatingPoint();
    }

    /**
     * {@return the attribute {@code axis}, counted from the front}
     *
     * @param otherwise the axis where the node says nothing; negative from the last
     * @param rank number of axes
     */
    public int axis(long otherwise, int rank) {
        return Math.floorMod((int) node.intAttribute("axis", otherwise), rank);
    }

    /**
     * {@return the elements of an input that is known before the model runs, or {@code null}}
     *
     * @param input number of the input, from 0
     */
    public long[] longs(int input) {
        return has(input) ? graph.longs(node.input(input)) : null;
    }

    /**
     * {@return the numbers of a setting; {@code null} if the node does not give it, or they are known only when the
     * model runs}
     *
     * @param setting the numbers in question
     */
    public long[] longs(Setting setting) {
        long[] given = node.intsAttribute(setting.attribute(), (long[]) null);
        return given != null ? given : longs(setting.input());
    }

    /**
     * {@return whether a setting is given, but known only when the model runs}
     *
     * @param setting the numbers in question
     */
    public boolean isComputed(Setting setting) {
        return longs(setting) == null && has(setting.input());
    }

    /**
     * {@return whether an output is one of the network}
     *
     * @param output number of the output, from 0
     */
    public boolean isOutput(int output) {
        return graph.graph().isOutput(node.output(output));
    }

    /**
     * {@return the nodes that read an output}
     *
     * @param output number of the output, from 0
     */
    public List<Site> readers(int output) {
        return graph.graph().consumers(node.output(output)).stream()
                .map(reader -> new Site(graph, reader))
                .toList();
    }

    /**
     * {@return the node that makes an input, or {@code null}}
     *
     * @param input number of the input, from 0
     */
    public Site maker(int input) {
        Node producer = graph.graph().producer(node.input(input));
        return producer == null ? null : new Site(graph, producer);
    }

    /** {@return the shuffle that the node ends, or {@code null}; see {@link ChannelShuffle}} */
    public ChannelShuffle shuffle() {
        return graph.shuffles().ending(node.output(0));
    }

    /** {@return the shuffle inside which the node is, or {@code null}} */
    public ChannelShuffle aroundIt() {
        return graph.shuffles().around(node.output(0));
    }

    /**
     * {@return whether an axis is one of a list in which axes may be counted from the end}
     *
     * @param axes the axes, negative ones counted from the last
     * @param axis the axis that is looked for, from 0
     * @param rank number of axes
     */
    public static int indexOf(long[] axes, int axis, int rank) {
        for (int i = 0; i < axes.length; i++) {
            if (Math.floorMod((int) axes[i], rank) == axis) {
                return i;
            }
        }
        return -1;
    }

    /**
     * {@return a bound of a Slice, as ONNX clamps it}
     *
     * @param value as Slice has it, negative from the end
     * @param size of the axis
     */
    public static int bound(long value, int size) {
        return (int) Math.max(0, Math.min(size, value < 0 ? value + size : value));
    }
}
