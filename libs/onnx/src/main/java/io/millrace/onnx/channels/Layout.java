package io.millrace.onnx.channels;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/** The atoms of a value: disjoint parts. An axis in no part is never cut. */
public record Layout(List<Part> parts) {
    /** No axis is ever cut. */
    public static final Layout NONE = new Layout(List.of());

    /**
     * Copies the list.
     *
     * @param parts over distinct axes
     */
    public Layout {
        parts = List.copyOf(parts);
    }

    /**
     * {@return atoms on single axes; {@code null} entries are axes without}
     *
     * @param ids the atoms along each axis, in order
     */
    public static Layout ofAxes(int[]... ids) {
        List<Part> parts = new ArrayList<>();
        for (int axis = 0; axis < ids.length; axis++) {
            if (ids[axis] != null) {
                parts.add(Part.of(axis, ids[axis]));
            }
        }
        return new Layout(parts);
    }

    /** {@return whether no axis has atoms} */
    public boolean isEmpty() {
        return parts.isEmpty();
    }

    /**
     * {@return the part an axis belongs to, or {@code null}}
     *
     * @param axis number of the axis, from 0
     */
    public Part on(int axis) {
        for (Part part : parts) {
            if (part.has(axis)) {
                return part;
            }
        }
        return null;
    }

    /**
     * {@return the same atoms on other axes}
     *
     * @param newAxis the new number of each axis
     */
    public Layout moved(IntUnaryOperator newAxis) {
        return new Layout(parts.stream().map(part -> part.moved(newAxis)).toList());
    }

    /**
     * {@return the atoms of both; no axis may have atoms in both}
     *
     * @param other atoms along other axes
     */
    public Layout plus(Layout other) {
        List<Part> all = new ArrayList<>(parts);
        all.addAll(other.parts);
        return new Layout(all);
    }

    /**
     * {@return the atoms of both; no axis may have atoms in both}
     *
     * @param part atoms along other axes
     */
    public Layout plus(Part part) {
        return plus(new Layout(List.of(part)));
    }

    /**
     * {@return the parts that begin on one of these axes}
     *
     * @param axes which of them to keep
     */
    public Layout only(IntPredicate axes) {
        return new Layout(
                parts.stream().filter(part -> axes.test(part.axes()[0])).toList());
    }

    /**
     * Seals axes, since an operator mixes what lies along them, and gives what is left. Atoms of nothing else are frozen;
     * what also depends on other axes is tied so that it depends on those only.
     */
    Layout seal(IntPredicate mixed, Atoms atoms, String reason) {
        List<Part> left = new ArrayList<>();
        for (Part part : parts) {
            Part rest = part;
            for (int axis : part.axes()) {
                if (mixed.test(axis) && rest != null) {
                    if (rest.isJoint()) {
                        rest = rest.tie(rest.index(axis), atoms);
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

    /** Without the axes of joint parts on which nothing depends. */
    Layout simplified(Atoms atoms) {
        return new Layout(parts.stream().map(part -> part.simplified(atoms)).toList());
    }

    void freeze(Atoms atoms, String reason) {
        parts.forEach(part -> atoms.freeze(part.ids(), reason));
    }
}
