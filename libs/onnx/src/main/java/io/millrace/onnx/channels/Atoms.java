package io.millrace.onnx.channels;

import java.util.Arrays;

/**
 * Atoms: one for each index of an axis that could be removed. Those that must go together are united (disjoint sets by
 * path halving; the smallest number stands for its set); those that must stay are frozen, with a reason.
 */
final class Atoms {
    /** The atom stands for a row of a weight or bias: zero there means that the channel is zero. */
    static final int OUTPUT = 1;
    /** The atom stands for a column of a weight. */
    static final int INPUT = 2;
    /** What the column reads is not zero when the channel's rows are: a removal has to switch the column off as well. */
    static final int READS_NONZERO = 4;

    private int[] parent = new int[1 << 12];
    private byte[] flags = new byte[1 << 12];
    private String[] reasons = new String[1 << 12];
    private int count;

    /** New atoms, each on its own. */
    int[] fresh(int n) {
        while (count + n > parent.length) {
            parent = Arrays.copyOf(parent, parent.length * 2);
            flags = Arrays.copyOf(flags, parent.length);
            reasons = Arrays.copyOf(reasons, parent.length);
        }
        int[] ids = new int[n];
        for (int i = 0; i < n; i++) {
            ids[i] = count;
            parent[count] = count;
            count++;
        }
        return ids;
    }

    int count() {
        return count;
    }

    /** The atom that stands for all that go with this one. */
    int root(int atom) {
        while (parent[atom] != atom) {
            parent[atom] = parent[parent[atom]];
            atom = parent[atom];
        }
        return atom;
    }

    /** The root, or -1 for all atoms that are frozen: nothing tells them apart. */
    int mobile(int atom) {
        int root = root(atom);
        return reasons[root] == null ? root : -1;
    }

    void unite(int a, int b) {
        int left = root(a);
        int right = root(b);
        if (left == right) {
            return;
        }
        int low = Math.min(left, right);
        int high = Math.max(left, right);
        parent[high] = low;
        if (reasons[low] == null) {
            reasons[low] = reasons[high];
        }
    }

    /** Unites atoms place by place, of two axes of one length. */
    void unite(int[] a, int[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException("axes of " + a.length + " and " + b.length + " do not meet");
        }
        for (int i = 0; i < a.length; i++) {
            unite(a[i], b[i]);
        }
    }

    /** Keeps these atoms, and all that go with them, for this reason; an earlier reason stands. */
    void freeze(int[] ids, String reason) {
        for (int id : ids) {
            int root = root(id);
            if (reasons[root] == null) {
                reasons[root] = reason;
            }
        }
    }

    /** Why the atom must stay, or {@code null}. */
    String reason(int atom) {
        return reasons[root(atom)];
    }

    void mark(int[] ids, int flag) {
        for (int id : ids) {
            flags[id] |= (byte) flag;
        }
    }

    /** Whether this very atom (not its set) was marked so. */
    boolean is(int atom, int flag) {
        return (flags[atom] & flag) == flag;
    }
}
