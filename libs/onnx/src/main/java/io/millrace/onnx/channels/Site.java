package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A node as the channel rule of its operator sees it: the atoms of what it reads, to be united, frozen and given on to
 * what it makes. Every verb here changes atoms; what only reads is in {@link NodeView}.
 */
public final class Site extends AtomSite {
    Site(AtomGraph graph, Node node) {
        super(graph, node);
    }

    /**
     * {@return whether nothing that the parts of an input depend on differs along an axis: it can be left out}
     *
     * @param part atoms over one or more axes
     */
    public Part simplified(Part part) {
        return part.simplified(graph.atoms());
    }

    /**
     * Claims an axis of an input: ties its atoms so that they depend on nothing else, and gives them; {@code null} if
     * there are none.
     *
     * @param input number of the input, from 0
     * @param axis number of the axis, from 0
     * @return the atoms along the axis, {@code null} if it has none
     */
    public int[] claim(int input, int axis) {
        return has(input) ? graph.claim(node.input(input), axis) : null;
    }

    /**
     * Seals axes of an input that the operator works across, and gives what is left of its layout.
     *
     * @param input number of the input, from 0
     * @param mixed the axes that the operator works across
     * @return what is left of the layout
     */
    public Layout seal(int input, IntPredicate mixed) {
        return seal(layout(input), mixed, "feeds " + label() + ", which works across it");
    }

    /**
     * Seals axes of a layout: what lies along them stays, for this reason.
     *
     * @param layout atoms by axis
     * @param mixed the axes that the operator works across
     * @param reason in words that follow the name of the channels
     * @return what is left of the layout
     */
    public Layout seal(Layout layout, IntPredicate mixed, String reason) {
        return layout.seal(mixed, graph.atoms(), reason);
    }

    /**
     * Puts a layout in the place of an input's, after some of its axes were sealed.
     *
     * @param input number of the input, from 0
     * @param layout atoms by axis
     */
    public void settle(int input, Layout layout) {
        graph.give(node.input(input), layout);
    }

    /**
     * An axis of an input keeps its size, though it carries atoms together with other axes.
     *
     * @param input number of the input, from 0
     * @param axis number of the axis, from 0
     */
    public void keepWhole(int input, int axis) {
        graph.keepWhole(node.input(input), axis);
    }

    /**
     * Carries the atoms of the first input through a change of shape.
     *
     * @return atoms of the result
     */
    public Layout reshape() {
        Reshaping reshaping = new Reshaping(graph.atoms(), label());
        return reshaping.apply(reshaping.join(graph, node.input(0), outShape(0)), shape(0), outShape(0));
    }

    /**
     * Claims the axis that a shuffle re-orders, and gives the layout of what it re-orders.
     *
     * @param shuffle the shuffle that a Reshape begins
     * @return atoms of the value before the shuffle
     */
    public Layout shuffled(ChannelShuffle shuffle) {
        graph.claim(shuffle.value(), shuffle.axis());
        return graph.layout(shuffle.value());
    }

    /** As if the operator were not known. */
    public void giveUp() {
        String operator = node.domain().isEmpty() ? node.op() : node.domain() + "." + node.op();
        String reason = ", which " + Obstacles.notFollowed(node);
        freezeAll("feeds operator " + operator + (node.name().isEmpty() ? "" : " '" + node.name() + "'") + reason);
        giveAll(Layout.NONE);
        node.outputs().forEach(output -> graph.name(output, "the result of " + label() + reason));
    }

    /**
     * Brings values together that meet element by element, with broadcasting.
     *
     * @param rank number of axes of the result
     * @param operands the values, axes counted as in the result
     * @return atoms of the result
     */
    public Layout unite(int rank, List<BroadcastOperand> operands) {
        return new Merge(graph.atoms(), label()).unite(rank, operands);
    }

    /**
     * {@return all inputs from one on, as operands of a result of this rank}
     *
     * @param first number of the first of them
     * @param rank number of axes of the result
     */
    public List<BroadcastOperand> operands(int first, int rank) {
        List<BroadcastOperand> operands = new ArrayList<>();
        for (int i = first; i < inputs(); i++) {
            operands.add(operand(i, rank));
        }
        return operands;
    }

    /**
     * {@return an input as an operand of a result of this rank}
     *
     * @param input number of the input, from 0
     * @param rank number of axes of the result
     */
    public BroadcastOperand operand(int input, int rank) {
        return BroadcastOperand.aligned(layout(input), dims(input), rank, name(input));
    }

    /**
     * {@return the columns of a grouped convolution's weight, counted over all its groups; {@code null} if the weight
     * is read with other groups elsewhere}
     *
     * @param input number of the input, from 0
     * @param groups of the convolution
     * @param channels columns over all groups
     */
    public int[] groupedColumns(int input, int groups, int channels) {
        return graph.groupedColumns(node.input(input), groups, channels);
    }

    /**
     * The node is a layer: its output channels, and its input channels, which come from an input.
     *
     * @param outputs atoms of its output channels
     * @param inputs atoms of its input channels
     * @param read number of the input that the input channels come from
     */
    public void layer(int[] outputs, int[] inputs, int read) {
        graph.layer(node, outputs, inputs, name(read));
    }

    /**
     * Says which atoms lie along the axes of an output: the first one, where no number is given.
     *
     * @param layout atoms by axis
     */
    public void give(Layout layout) {
        give(0, layout);
    }

    /**
     * Says which atoms lie along the axes of an output: the first one, where no number is given.
     *
     * @param output number of the output, from 0
     * @param layout atoms by axis
     */
    public void give(int output, Layout layout) {
        graph.give(node.output(output), layout);
    }

    /**
     * Every output has the same atoms.
     *
     * @param layout atoms by axis
     */
    public void giveAll(Layout layout) {
        for (int i = 0; i < outputs(); i++) {
            give(i, layout);
        }
    }

    /**
     * {@return the layout of the first input with these positions along an axis that has atoms}
     *
     * @param axis number of the axis, from 0
     * @param positions along the axis, from 0
     */
    public Layout select(int axis, int... positions) {
        Part part = layout(0).on(axis);
        Layout others = layout(0).only(other -> other != part.axes()[0]);
        if (positions.length == 0) {
            return others;
        }
        Part chosen = simplified(part.select(part.index(axis), positions));
        if (Part.product(chosen.dims()) == 1) {
            freeze(chosen.ids(), "is all that " + label() + " takes");
            return others;
        }
        return others.plus(chosen);
    }
}
