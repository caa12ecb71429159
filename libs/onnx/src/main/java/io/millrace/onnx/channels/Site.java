package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A node as the channel rule of its operator sees it: the atoms of what it reads, to be united, frozen and given on to
 * what it makes. Every verb here changes atoms; what only reads is in {@link NodeView}.
 */
public final class Site extends NodeView {
    Site(AtomGraph graph, Node node) {
        super(graph, node);
    }

    /** Whether nothing that the parts of an input depend on differs along an axis: it can be left out. */
    public Part simplified(Part part) {
        return part.simplified(graph.atoms());
    }

    /** New atoms, each on its own. */
    public int[] fresh(int count) {
        return graph.atoms().fresh(count);
    }

    /** New atoms that stay. */
    public int[] fixed(int count, String reason) {
        int[] ids = fresh(count);
        freeze(ids, reason);
        return ids;
    }

    /**
     * Claims an axis of an input: ties its atoms so that they depend on nothing else, and gives them; {@code null} if there
     * are none.
     */
    public int[] claim(int input, int axis) {
        return has(input) ? graph.claim(node.input(input), axis) : null;
    }

    /** Seals axes of an input that the operator works across, and gives what is left of its layout. */
    public Layout seal(int input, IntPredicate mixed) {
        return seal(layout(input), mixed, "feeds " + label() + ", which works across it");
    }

    /** Seals axes of a layout: what lies along them stays, for this reason. */
    public Layout seal(Layout layout, IntPredicate mixed, String reason) {
        return layout.seal(mixed, graph.atoms(), reason);
    }

    /** Puts a layout in the place of an input's, after some of its axes were sealed. */
    public void settle(int input, Layout layout) {
        graph.give(node.input(input), layout);
    }

    /** An axis of an input keeps its size, though it carries atoms together with other axes. */
    public void keepWhole(int input, int axis) {
        graph.keepWhole(node.input(input), axis);
    }

    /** Carries the atoms of the first input through a change of shape. */
    public Layout reshape() {
        Reshaping reshaping = new Reshaping(graph.atoms(), label());
        return reshaping.apply(reshaping.join(graph, node.input(0), outShape(0)), shape(0), outShape(0));
    }

    /** Claims the axis that a shuffle re-orders, and gives the layout of what it re-orders. */
    public Layout shuffled(ChannelShuffle shuffle) {
        graph.claim(shuffle.value(), shuffle.axis());
        return graph.layout(shuffle.value());
    }

    public void freeze(int input, String reason) {
        freeze(layout(input), reason);
    }

    public void freeze(Layout layout, String reason) {
        layout.freeze(graph.atoms(), reason);
    }

    public void freeze(int[] ids, String reason) {
        graph.atoms().freeze(ids, reason);
    }

    /** What the operator does is not followed: all it reads stays. */
    public void freezeAll(String reason) {
        for (int i = 0; i < inputs(); i++) {
            freeze(i, reason);
        }
    }

    /** As if the operator were not known. */
    public void giveUp() {
        String operator = node.domain().isEmpty() ? node.op() : node.domain() + "." + node.op();
        String reason = ", which " + Obstacles.notFollowed(node);
        freezeAll("feeds operator " + operator + (node.name().isEmpty() ? "" : " '" + node.name() + "'") + reason);
        giveAll(Layout.NONE);
        node.outputs().forEach(output -> graph.name(output, "the result of " + label() + reason));
    }

    /** The named atoms stay because they meet an input that has none. */
    public void freezeBy(int[] ids, int input) {
        if (ids != null) {
            freeze(ids, "meets " + name(input) + " in " + label());
        }
    }

    /** Unites atoms that meet index by index; where one side has none, or not as many, the other must stay. */
    public void meet(int[] left, int leftInput, int[] right, int rightInput) {
        if (left == null || right == null || left.length != right.length) {
            freezeBy(left, rightInput);
            freezeBy(right, leftInput);
        } else {
            graph.atoms().unite(left, right);
        }
    }

    public void unite(int a, int b) {
        graph.atoms().unite(a, b);
    }

    /** Brings values together that meet element by element, with broadcasting. */
    public Layout unite(int rank, List<BroadcastOperand> operands) {
        return new Merge(graph.atoms(), label()).unite(rank, operands);
    }

    /** All inputs from one on, as operands of a result of this rank. */
    public List<BroadcastOperand> operands(int first, int rank) {
        List<BroadcastOperand> operands = new ArrayList<>();
        for (int i = first; i < inputs(); i++) {
            operands.add(operand(i, rank));
        }
        return operands;
    }

    public BroadcastOperand operand(int input, int rank) {
        return BroadcastOperand.aligned(layout(input), dims(input), rank, name(input));
    }

    /** These atoms are rows of a weight or bias: zero there means that the channel is zero. */
    public void markRows(int[] ids) {
        if (ids != null) {
            graph.atoms().mark(ids, Atoms.OUTPUT);
        }
    }

    /** All parts of an input are rows. */
    public void markRows(int input) {
        layout(input).parts().forEach(part -> markRows(part.ids()));
    }

    /** These atoms are columns of a weight, which read what another input holds. */
    public void markColumns(int[] ids, int read) {
        graph.atoms().mark(ids, Atoms.INPUT | (keepsZero(read) ? 0 : Atoms.READS_NONZERO));
    }

    /** Equally many of these channels must go from each of the blocks they form in order. */
    public void balance(int[] ids, int blocks) {
        graph.balance(ids, blocks);
    }

    /**
     * The columns of a grouped convolution's weight, counted over all its groups; {@code null} if the weight is read with
     * other groups elsewhere.
     */
    public int[] groupedColumns(int input, int groups, int channels) {
        return graph.groupedColumns(node.input(input), groups, channels);
    }

    /** The node is a layer: its output channels, and its input channels, which come from an input. */
    public void layer(int[] outputs, int[] inputs, int read) {
        graph.layer(node, outputs, inputs, name(read));
    }

    public void give(Layout layout) {
        give(0, layout);
    }

    public void give(int output, Layout layout) {
        graph.give(node.output(output), layout);
    }

    /** Every output has the same atoms. */
    public void giveAll(Layout layout) {
        for (int i = 0; i < outputs(); i++) {
            give(i, layout);
        }
    }

    /** The layout of the first input with these positions along an axis that has atoms. */
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
