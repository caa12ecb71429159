package io.millrace.onnx.channels;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/** The atoms of a value: disjoint parts. An axis in no part is never cut. */
record Layout(List<Part> parts) {
    static final Layout NONE = new Layout(List.of());

    Layout {
        parts = List.copyOf(parts);
    }

    /** Atoms on single axes; {@code null} entries are axes without. */
    static Layout ofAxes(int[]... ids) {
        List<Part> parts = new ArrayList<>();
        for (int axis = 0; axis < ids.length; axis++) {
            if (ids[axis] != null) {
                parts.add(Part.of(axis, ids[axis]));
            }
        }
        return new Layout(parts);
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    /** The part an axis belongs to, or {@code null}. */
    Part on(int axis) {
        for (Part part : parts) {
            if (part.has(axis)) {
                return part;
            }
        }
        return null;
    }

    Layout moved(IntUnaryOperator newAxis) {
        return new Layout(parts.stream().map(part -> part.moved(newAxis)).toList());
    }

    Layout plus(Layout other) {
        List<Part> all = new ArrayList<>(parts);
        all.addAll(other.parts);
        return new Layout(all);
    }

    Layout only(IntPredicate axes) {
        return new Layout(
                parts.stream().filter(part -> axes.test(part.axes()[0])).toList());
    }

    /**
     * Takes axes out: an operator mixes what lies along them. Atoms of nothing else are frozen; what also depends on
     * other axes is tied so that it depends on those only.
     */
    Layout without(IntPredicate mixed, Atoms atoms, String reason) {
        List<Part> left = new ArrayList<>();
        for (Part part : parts) {
            Part rest = part;
            for (int axis : part.axes()) {
                if (mixed.test(axis) && rest != null) {
                    if (rest.isJoint()) {
                        rest = rest.tied(java.util.Arrays.binarySearch(rest.axes(), axis), atoms);
                    } else {
                        atoms.freeze(rest.ids(), reason);
                        rest = null;
                    }
                }
            }
            if (rest != null) {
                left.add(rest);
            }
        }
        return new Layout(left);
    }

    void freeze(Atoms atoms, String reason) {
        parts.forEach(part -> atoms.freeze(part.ids(), reason));
    }
}
