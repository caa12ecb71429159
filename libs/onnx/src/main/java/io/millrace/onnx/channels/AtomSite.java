package io.millrace.onnx.channels;

import io.millrace.onnx.Node;

/** What a channel rule does to the atoms of what its node reads: makes, unites, freezes, marks and balances them. */
public abstract class AtomSite extends NodeView {
    AtomSite(AtomGraph graph, Node node) {
        super(graph, node);
    }

    /**
     * {@return new atoms, each on its own}
     *
     * @param count how many
     */
    public int[] fresh(int count) {
        return graph.atoms().fresh(count);
    }

    /**
     * {@return new atoms that stay}
     *
     * @param count how many
     * @param reason in words that follow the name of the channels
     */
    public int[] fixed(int count, String reason) {
        int[] ids = fresh(count);
        freeze(ids, reason);
        return ids;
    }

    /**
     * These atoms stay.
     *
     * @param input number of the input, from 0
     * @param reason in words that follow the name of the channels
     */
    public void freeze(int input, String reason) {
        freeze(layout(input), reason);
    }

    /**
     * These atoms stay.
     *
     * @param layout atoms by axis
     * @param reason in words that follow the name of the channels
     */
    public void freeze(Layout layout, String reason) {
        layout.freeze(graph.atoms(), reason);
    }

    /**
     * These atoms stay.
     *
     * @param ids atoms, by number
     * @param reason in words that follow the name of the channels
     */
    public void freeze(int[] ids, String reason) {
        graph.atoms().freeze(ids, reason);
    }

    /**
     * What the operator does is not followed: all it reads stays.
     *
     * @param reason in words that follow the name of the channels
     */
    public void freezeAll(String reason) {
        for (int i = 0; i < inputs(); i++) {
            freeze(i, reason);
        }
    }

    /**
     * The named atoms stay because they meet an input that has none.
     *
     * @param ids atoms, by number
     * @param input number of the input, from 0
     */
    public void freezeBy(int[] ids, int input) {
        if (ids != null) {
            freeze(ids, "meets " + name(input) + " in " + label());
        }
    }

    /**
     * Unites atoms that meet index by index; where one side has none, or not as many, the other must stay.
     *
     * @param left atoms of the first, {@code null} if there are none
     * @param leftInput number of the input they come from
     * @param right atoms of the second, {@code null} if there are none
     * @param rightInput number of the input they come from
     */
    public void meet(int[] left, int leftInput, int[] right, int rightInput) {
        if (left == null || right == null || left.length != right.length) {
            freezeBy(left, rightInput);
            freezeBy(right, leftInput);
        } else {
            graph.atoms().unite(left, right);
        }
    }

    /**
     * Two atoms go together, or stay together.
     *
     * @param a number of an atom
     * @param b number of an atom
     */
    public void unite(int a, int b) {
        graph.atoms().unite(a, b);
    }

    /**
     * These atoms are rows of a weight or bias: zero there means that the channel is zero.
     *
     * @param ids atoms, by number
     */
    public void markRows(int[] ids) {
        if (ids != null) {
            graph.atoms().mark(ids, Atoms.OUTPUT);
        }
    }

    /**
     * All parts of an input are rows.
     *
     * @param input number of the input, from 0
     */
    public void markRows(int input) {
        layout(input).parts().forEach(part -> markRows(part.ids()));
    }

    /**
     * These atoms are columns of a weight, which read what another input holds.
     *
     * @param ids atoms, by number
     * @param read number of the input whose channels the columns read
     */
    public void markColumns(int[] ids, int read) {
        graph.atoms().mark(ids, Atoms.INPUT | (keepsZero(read) ? 0 : Atoms.READS_NONZERO));
    }

    /**
     * Equally many of these channels must go from each of the blocks they form in order.
     *
     * @param ids atoms, by number
     * @param blocks how many there are
     */
    public void balance(int[] ids, int blocks) {
        graph.balance(ids, blocks);
    }
}
