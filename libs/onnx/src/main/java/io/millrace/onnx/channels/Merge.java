package io.millrace.onnx.channels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Brings the atoms of values together that meet element by element, with broadcasting. */
final class Merge {
    private final Atoms atoms;
    private final String by;

    /** @param by the operator that brings them together, for the reasons */
    Merge(Atoms atoms, String by) {
        this.atoms = atoms;
        this.by = by;
    }

    Layout unite(int rank, List<BroadcastOperand> all) {
        List<BroadcastOperand> operands =
                all.stream().map(operand -> decided(operand, all)).toList();
        int[] component = IntStream.range(0, rank).toArray();
        boolean[] used = new boolean[rank];
        for (BroadcastOperand operand : operands) {
            for (Part part : operand.layout().parts()) {
                for (int axis : part.axes()) {
                    used[axis] = true;
                    int from = component[axis];
                    int to = component[part.axes()[0]];
                    Arrays.setAll(component, i -> component[i] == from ? to : component[i]);
                }
            }
        }
        List<Part> merged = new ArrayList<>();
        for (int c = 0; c < rank; c++) {
            int leader = c;
            int[] axes = IntStream.range(0, rank)
                    .filter(axis -> used[axis] && component[axis] == leader)
                    .toArray();
            if (axes.length > 0) {
                Part part = box(axes, operands);
                if (part.ids() != null) {
                    merged.add(part);
                }
            }
        }
        return new Layout(merged);
    }

    /**
     * The operand with each joint part that meets others which divide its axes tied to one axis: its first, heads before
     * their sizes, that none of the others holds back.
     */
    private BroadcastOperand decided(BroadcastOperand operand, List<BroadcastOperand> all) {
        if (operand.layout().parts().stream().noneMatch(Part::isJoint)) {
            return operand;
        }
        List<Part> parts = new ArrayList<>();
        for (Part part : operand.layout().parts()) {
            boolean partly = all.stream().anyMatch(other -> other != operand && other.dividesAxes(part));
            OptionalInt kept = Arrays.stream(part.axes())
                    .filter(axis -> all.stream()
                            .allMatch(other ->
                                    !other.spans(axis) || other.layout().on(axis) != null))
                    .findFirst();
            parts.add(partly && kept.isPresent() ? part.tieTo(part.index(kept.getAsInt()), atoms) : part);
        }
        return new BroadcastOperand(new Layout(parts), operand.dims(), operand.name());
    }

    private Part box(int[] axes, List<BroadcastOperand> operands) {
        int[] dims = new int[axes.length];
        for (BroadcastOperand operand : operands) {
            for (int i = 0; i < axes.length; i++) {
                dims[i] = Math.max(dims[i], (int) operand.dims()[axes[i]]);
            }
        }
        int[] ids = null;
        String fixed = null;
        for (BroadcastOperand operand : operands) {
            if (Arrays.stream(axes).noneMatch(operand::spans)) {
                continue;
            }
            List<Part> parts = operand.layout().parts().stream()
                    .filter(part -> Arrays.binarySearch(axes, part.axes()[0]) >= 0)
                    .toList();
            if (parts.size() != 1) {
                fixed = parts.isEmpty()
                        ? by + " joins it with " + operand.name()
                        : by + " mixes two axes that could each be cut";
            }
            for (Part part : parts) {
                int[] seen = part.over(axes, dims);
                if (ids == null) {
                    ids = seen;
                } else {
                    atoms.unite(ids, seen);
                }
            }
        }
        if (fixed != null && ids != null) {
            atoms.freeze(ids, fixed);
        }
        return new Part(axes, dims, ids);
    }
}
