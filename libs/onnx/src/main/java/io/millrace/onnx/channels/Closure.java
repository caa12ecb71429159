package io.millrace.onnx.channels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Unites atoms until every removal leaves rectangles and equal blocks: what a Reshape has split is removable along one
 * axis only, and grouped convolutions lose equally many channels from each group.
 */
final class Closure {
    private final AtomGraph atomGraph;
    private final Atoms atoms;

    /** For each root, a number that is the same for roots that touch the same axes of the same values. */
    private long[] signatures;

    /** For each signature, the block of each of its roots, where blocks must lose equally many. */
    private Map<Long, Map<Integer, Integer>> partitions;

    Closure(AtomGraph atomGraph) {
        this.atomGraph = atomGraph;
        this.atoms = atomGraph.atoms();
    }

    Closure close() {
        do {
            tieJointParts();
            signatures = signatures();
        } while (tieUnbalanced());
        atomGraph.simplify();
        return this;
    }

    long signature(int root) {
        return signatures[root];
    }

    /** The block of each root of this signature, or {@code null} where any may go. */
    Map<Integer, Integer> partition(long signature) {
        return partitions.get(signature);
    }

    /** Ties a joint part to the one axis that leaves most units to be removed. */
    static Part tieToBestAxis(Part part, Atoms atoms) {
        return part.tieTo(bestAxis(part, atoms, new boolean[part.axes().length]), atoms);
    }

    private static int bestAxis(Part part, Atoms atoms, boolean[] forbidden) {
        int best = -1;
        int most = -1;
        for (int k = 0; k < part.axes().length; k++) {
            int units = forbidden[k] ? -1 : part.unitsAlong(k, atoms);
            if (units > most) {
                best = k;
                most = units;
            }
        }
        return best;
    }

    private void tieJointParts() {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Map.Entry<String, Layout> entry : atomGraph.layouts().entrySet()) {
                for (Part part : entry.getValue().parts()) {
                    changed |= part.isJoint() && tie(entry.getKey(), part);
                }
            }
        }
    }

    private boolean tie(String value, Part part) {
        boolean[] forbidden = new boolean[part.axes().length];
        for (int k = 0; k < forbidden.length; k++) {
            forbidden[k] = atomGraph.staysWhole(value, part.axes()[k]);
        }
        for (int k = 0; k < forbidden.length; k++) {
            int kept = k;
            boolean depends = IntStream.range(0, forbidden.length)
                    .anyMatch(other -> other != kept && !part.isConstantAlong(other, atoms));
            if (!forbidden[k] && !depends) {
                return false;
            }
        }
        int best = bestAxis(part, atoms, forbidden);
        if (best < 0) {
            boolean mobile = Arrays.stream(part.ids()).anyMatch(id -> atoms.mobile(id) >= 0);
            atoms.freeze(part.ids(), "is taken apart on every axis of '" + value + "'");
            return mobile;
        }
        part.tieTo(best, atoms);
        return true;
    }

    private long[] signatures() {
        long[] touched = new long[atoms.count()];
        long[] last = new long[atoms.count()];
        long number = 0;
        for (Layout layout : atomGraph.layouts().values()) {
            for (Part part : layout.parts()) {
                touch(part.ids(), ++number, touched, last);
            }
        }
        for (AtomGraph.GroupedInput grouped : atomGraph.groupedInputs().values()) {
            touch(grouped.ids(), ++number, touched, last);
        }
        return touched;
    }

    private void touch(int[] ids, long number, long[] touched, long[] last) {
        for (int id : ids) {
            int root = atoms.mobile(id);
            if (root >= 0 && last[root] != number) {
                last[root] = number;
                long mixed = (touched[root] ^ number) * 0x9E3779B97F4A7C15L;
                touched[root] = mixed ^ mixed >>> 29;
            }
        }
    }

    private boolean tieUnbalanced() {
        partitions = new HashMap<>();
        boolean changed = false;
        for (AtomGraph.Balance balance : atomGraph.balances()) {
            if (!isBalanced(balance)) {
                int run = balance.ids().length / balance.blocks();
                for (int i = run; i < balance.ids().length; i++) {
                    atoms.unite(balance.ids()[i], balance.ids()[i % run]);
                }
                changed = true;
            }
        }
        return changed;
    }

    /** Whether the blocks are equal whatever is removed, or can be held equal by a rule on the group. */
    private boolean isBalanced(AtomGraph.Balance balance) {
        int run = balance.ids().length / balance.blocks();
        Map<Integer, int[]> counts = new HashMap<>();
        for (int i = 0; i < balance.ids().length; i++) {
            counts.computeIfAbsent(atoms.mobile(balance.ids()[i]), r -> new int[balance.blocks()])[i / run]++;
        }
        boolean anyFrozen = counts.remove(-1) != null;
        if (counts.values().stream()
                .allMatch(count -> Arrays.stream(count).distinct().count() == 1)) {
            return true;
        }
        List<Integer> roots = new ArrayList<>(counts.keySet());
        Map<Integer, Integer> partition = new HashMap<>();
        int multiplicity = Arrays.stream(counts.get(roots.get(0))).max().orElse(0);
        for (int root : roots) {
            int[] count = counts.get(root);
            int block = IntStream.range(0, count.length)
                    .filter(b -> count[b] > 0)
                    .findFirst()
                    .orElse(0);
            boolean single = Arrays.stream(count).sum() == count[block];
            if (anyFrozen || !single || count[block] != multiplicity || signatures[root] != signatures[roots.get(0)]) {
                return false;
            }
            partition.put(root, block);
        }
        Map<Integer, Integer> other = partitions.get(signatures[roots.get(0)]);
        if (other == null || refines(partition, other)) {
            partitions.put(signatures[roots.get(0)], partition);
            return true;
        }
        return refines(other, partition);
    }

    /** Whether roots of one block of {@code fine} always share a block of {@code coarse}. */
    private static boolean refines(Map<Integer, Integer> fine, Map<Integer, Integer> coarse) {
        Map<Integer, Integer> seen = new HashMap<>();
        for (Map.Entry<Integer, Integer> entry : fine.entrySet()) {
            Integer block = coarse.get(entry.getKey());
            Integer first = seen.putIfAbsent(entry.getValue(), block);
            if (block == null || first != null && !first.equals(block)) {
                return false;
            }
        }
        return true;
    }
}
