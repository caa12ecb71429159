package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.shape.Dim;
import java.util.List;
import java.util.function.IntPredicate;

/** A node as its rule sees it: the atoms and dimensions of what it reads and makes. */
final class Site {
    final Flow flow;
    final Node node;
    final Atoms atoms;

    Site(Flow flow, Node node) {
        this.flow = flow;
        this.node = node;
        this.atoms = flow.atoms;
    }

    /** What to call the node in a reason. */
    String label() {
        return node.name().isEmpty() ? node.label() : node.op() + " '" + node.name() + "'";
    }

    boolean has(int input) {
        return !node.input(input).isEmpty();
    }

    Layout layout(int input) {
        return has(input) ? flow.layout(node.input(input)) : Layout.NONE;
    }

    boolean isStored(int input) {
        return flow.isStored(node.input(input));
    }

    boolean keepsZero(int input) {
        return flow.keepsZero(node.input(input));
    }

    int rank(int input) {
        List<Dim> dims = flow.dims(node.input(input));
        return dims == null ? -1 : dims.size();
    }

    List<Dim> shape(int input) {
        return flow.dims(node.input(input));
    }

    List<Dim> outShape(int output) {
        return flow.dims(node.output(output));
    }

    /** Dimensions of an input, -1 where a size is not known. */
    long[] dims(int input) {
        return numbers(shape(input));
    }

    long[] outDims(int output) {
        return numbers(outShape(output));
    }

    static long[] numbers(List<Dim> dims) {
        return dims.stream().mapToLong(d -> d.known() ? d.value() : -1).toArray();
    }

    /** An axis given by an attribute, counted from the front. */
    int axis(long otherwise, int rank) {
        return Math.floorMod((int) node.intAttribute("axis", otherwise), rank);
    }

    /** The elements of an input that is known before the model runs, or {@code null}. */
    long[] longs(int input) {
        if (!has(input)) {
            return null;
        }
        List<Dim> elements = flow.shapes.elements(node.input(input)).orElse(null);
        return elements == null || !elements.stream().allMatch(Dim::known)
                ? null
                : elements.stream().mapToLong(Dim::value).toArray();
    }

    /** A list that is an attribute in older operator versions and an input in later ones; {@code null} if not given. */
    long[] list(String attribute, int input) {
        long[] given = node.intsAttribute(attribute, (long[]) null);
        return given != null ? given : longs(input);
    }

    /** The atoms along one axis of an input, tied so that they depend on nothing else; {@code null} if there are none. */
    int[] along(int input, int axis) {
        return has(input) ? flow.separate(node.input(input), axis) : null;
    }

    /** The layout of an input without axes that the operator mixes. */
    Layout unmixed(int input, IntPredicate mixed) {
        return layout(input).without(mixed, atoms, "feeds " + label() + ", which works across it");
    }

    void freeze(int input, String reason) {
        layout(input).freeze(atoms, reason);
    }

    void freezeAll(String reason) {
        for (int i = 0; i < node.inputs().size(); i++) {
            freeze(i, reason);
        }
    }

    /** The named atoms stay because they meet an input that has none. */
    void freezeBy(int[] ids, int input) {
        if (ids != null) {
            atoms.freeze(ids, "meets " + flow.name(node.input(input)) + " in " + label());
        }
    }

    /** Unites atoms that meet index by index; where one side has none, the other must stay. */
    void meet(int[] left, int leftInput, int[] right, int rightInput) {
        if (left == null || right == null) {
            freezeBy(left, rightInput);
            freezeBy(right, leftInput);
        } else {
            atoms.unite(left, right);
        }
    }

    void give(Layout layout) {
        give(0, layout);
    }

    void give(int output, Layout layout) {
        flow.give(node.output(output), layout);
    }

    Merge merge() {
        return new Merge(atoms, label());
    }

    Merge.Operand operand(int input, int rank) {
        return Merge.Operand.aligned(layout(input), dims(input), rank, flow.name(node.input(input)));
    }
}
