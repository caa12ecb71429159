package io.millrace.onnx.channels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operators that work across axes: what lies along these stays, the others pass. */
final class ReductionRules {
    private ReductionRules() {}

    /** Pooling windows and global pooling: everything behind the channels is mixed. */
    static void pool(Site site) {
        if (site.node.outputs().size() > 1) {
            site.freeze(0, "feeds " + site.label() + ", whose indices count channels");
        }
        Layout passed = site.unmixed(0, axis -> axis >= 2);
        for (int i = 0; i < site.node.outputs().size(); i++) {
            site.give(i, passed);
        }
    }

    static void softmax(Site site) {
        int rank = site.rank(0);
        boolean single = site.flow.opset() >= 13;
        int axis = site.axis(single ? -1 : 1, rank);
        site.give(site.unmixed(0, other -> single ? other == axis : other >= axis));
    }

    /** Works along one axis and keeps the shape. */
    static void along(Site site, long otherwise) {
        int axis = site.axis(otherwise, site.rank(0));
        site.give(site.unmixed(0, other -> other == axis));
    }

    static void reduce(Site site) {
        int rank = site.rank(0);
        long[] axes = site.node.is("ArgMax", "ArgMin")
                ? new long[] {site.node.intAttribute("axis", 0)}
                : site.list("axes", 1);
        boolean unknown = axes == null && site.has(1);
        boolean nothing = axes == null || axes.length == 0;
        if (nothing && !unknown && site.node.intAttribute("noop_with_empty_axes", 0) == 1) {
            site.give(site.layout(0));
            return;
        }
        boolean all = nothing || unknown;
        boolean keeps = site.node.intAttribute("keepdims", 1) == 1;
        Layout left = site.unmixed(0, axis -> all || MovementRules.indexOf(axes, axis, rank) >= 0);
        int[] target = new int[rank];
        for (int axis = 0, to = 0; axis < rank; axis++) {
            boolean gone = !keeps && (all || MovementRules.indexOf(axes, axis, rank) >= 0);
            target[axis] = to;
            to += gone ? 0 : 1;
        }
        site.give(left.moved(axis -> target[axis]));
    }

    /** Only these axes are mixed. */
    static void mixing(Site site, int... axes) {
        int rank = site.rank(0);
        List<Integer> mixed = new ArrayList<>();
        Arrays.stream(axes).forEach(axis -> mixed.add(Math.floorMod(axis, rank)));
        site.give(site.unmixed(0, mixed::contains));
    }
}
