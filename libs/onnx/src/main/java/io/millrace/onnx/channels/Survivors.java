package io.millrace.onnx.channels;

import java.util.BitSet;
import java.util.stream.IntStream;

/** What is left of every axis of every value once some units are gone. */
final class Survivors {
    private final AtomGraph atomGraph;
    private final BitSet removed;

    /** @param removed the roots of the units that go */
    Survivors(AtomGraph atomGraph, BitSet removed) {
        this.atomGraph = atomGraph;
        this.removed = removed;
    }

    boolean isRemoved(int atom) {
        return removed.get(atomGraph.atoms().root(atom));
    }

    /** Positions of {@code ids} that stay; {@code null} if all do. */
    int[] kept(int[] ids) {
        int[] kept =
                IntStream.range(0, ids.length).filter(i -> !isRemoved(ids[i])).toArray();
        return kept.length == ids.length ? null : kept;
    }

    /** Positions along an axis of a value that stay; {@code null} if all do. */
    int[] kept(String value, int axis) {
        Part part = part(value, axis);
        if (part == null) {
            return null;
        }
        if (part.isJoint()) {
            throw new IllegalStateException("the atoms of '" + value + "' depend on several axes");
        }
        return kept(part.ids());
    }

    /** Whether any axis of a value is cut. */
    boolean touches(String value) {
        Layout layout = atomGraph.layouts().get(value);
        return layout != null
                && layout.parts().stream()
                        .anyMatch(part -> IntStream.of(part.ids()).anyMatch(this::isRemoved));
    }

    /** The size an axis has after the cut, -1 where it is not known. */
    long size(String value, int axis) {
        int[] kept = kept(value, axis);
        if (kept != null) {
            return kept.length;
        }
        return atomGraph.numbers(value)[axis];
    }

    /** What is left of these dimensions of a value. */
    long[] of(String value, long[] dims) {
        Layout layout = atomGraph.layouts().getOrDefault(value, Layout.NONE);
        for (Part part : layout.parts()) {
            int[] kept = kept(part.ids());
            if (kept != null) {
                dims[part.axes()[0]] = kept.length;
            }
        }
        AtomGraph.GroupedInput grouped = atomGraph.groupedInputs().get(value);
        int[] columns = grouped == null ? null : kept(grouped.ids());
        if (columns != null) {
            dims[1] = columns.length / grouped.groups();
        }
        return dims;
    }

    private Part part(String value, int axis) {
        Layout layout = atomGraph.layouts().get(value);
        return layout == null ? null : layout.on(axis);
    }
}
