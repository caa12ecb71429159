package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.BroadcastOperand;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** How channels flow through a product of two operands whose axes belong together as an {@link AxisMap} says. */
final class ProductFlow {
    private final Site site;
    private final AxisMap map;

    private ProductFlow(Site site, AxisMap map) {
        this.site = site;
        this.map = map;
    }

    /** A product of two matrices, or stacks of them. */
    static void follow(Site site) {
        follow(site, matrices(site));
    }

    static void follow(Site site, AxisMap map) {
        if (map.operands().size() != 2 || !map.isPlain()) {
            site.giveUp();
            return;
        }
        new ProductFlow(site, map).follow();
    }

    private static AxisMap matrices(NodeView site) {
        Node node = site.node();
        return AxisMap.matrices(
                site.rank(0), site.rank(1), node.intAttribute("transA", 0) != 0, node.intAttribute("transB", 0) != 0);
    }

    static boolean keepsZero(NodeView site) {
        return keepsZero(site, matrices(site))
                || site.isStored(0) == site.isStored(1)
                        && (site.keepsZero(1) && Zeros.covers(site, 1) || site.keepsZero(0) && Zeros.covers(site, 0));
    }

    /** Zero rows of a weight give zeros; what comes from the other operand is zero if it is zero there. */
    static boolean keepsZero(NodeView site, AxisMap map) {
        if (map.operands().size() != 2) {
            return false;
        }
        if (site.isStored(0) == site.isStored(1)) {
            return site.keepsZero(0) && site.keepsZero(1);
        }
        int data = site.isStored(0) ? 1 : 0;
        boolean passes = site.layout(data).parts().stream()
                .flatMapToInt(part -> Arrays.stream(part.axes()))
                .anyMatch(axis -> map.resultAxis(map.operands().get(data)[axis]) >= 0);
        return !passes || site.keepsZero(data);
    }

    private void follow() {
        separate(0);
        separate(1);
        int[] summed = labels(0).filter(label -> map.resultAxis(label) < 0).toArray();
        List<int[]> left = new ArrayList<>();
        List<int[]> right = new ArrayList<>();
        for (int label : summed) {
            int other = map.axis(1, label);
            if (other < 0) {
                seal(0, map.axis(0, label));
                continue;
            }
            int[] a = site.claim(0, map.axis(0, label));
            int[] b = site.claim(1, other);
            Summing.follow(site, a, 0, b, 1);
            left.add(a);
            right.add(b);
        }
        labels(1)
                .filter(label -> map.resultAxis(label) < 0 && map.axis(0, label) < 0)
                .forEach(label -> seal(1, map.axis(1, label)));
        Layout batch = site.unite(map.result().length, List.of(stack(0), stack(1)));
        int[][] made = new int[map.result().length][];
        int[] rows = free(0, made);
        int[] columns = free(1, made);
        site.give(batch.plus(Layout.ofAxes(made)));
        if (site.isStored(1) && !site.isStored(0)) {
            site.markRows(columns);
            site.layer(columns, joined(left), 0);
        } else if (site.isStored(0) && !site.isStored(1)) {
            site.markRows(rows);
            site.layer(rows, joined(right), 1);
        }
    }

    private IntStream labels(int operand) {
        return Arrays.stream(map.operands().get(operand));
    }

    private void seal(int operand, int axis) {
        site.settle(operand, site.seal(operand, other -> other == axis));
    }

    /** Heads that share an axis with their dimensions go as blocks: a joint part keeps its first stacked axis only. */
    private void separate(int operand) {
        Layout layout = site.layout(operand);
        int[] labels = map.operands().get(operand);
        Layout separated = site.seal(
                layout,
                axis -> {
                    int[] axes = layout.on(axis).axes();
                    int kept = Arrays.stream(axes)
                            .filter(other -> map.isStacked(labels[other]))
                            .findFirst()
                            .orElse(axes[axes.length - 1]);
                    return axis != kept;
                },
                "");
        site.settle(operand, separated);
    }

    /** The axes of an operand that number the matrices of a stack, as they lie in the result. */
    private BroadcastOperand stack(int operand) {
        int[] labels = map.operands().get(operand);
        long[] own = site.dims(operand);
        long[] dims = new long[map.result().length];
        Arrays.fill(dims, 1);
        for (int axis = 0; axis < labels.length; axis++) {
            if (map.isStacked(labels[axis])) {
                dims[map.resultAxis(labels[axis])] = own[axis];
            }
        }
        Layout layout = site.layout(operand)
                .only(axis -> map.isStacked(labels[axis]))
                .moved(axis -> map.resultAxis(labels[axis]));
        return new BroadcastOperand(layout, dims, site.name(operand));
    }

    /** Passes the axes of one operand alone into the result; all their atoms. */
    private int[] free(int operand, int[][] made) {
        List<int[]> passed = new ArrayList<>();
        int[] labels = map.operands().get(operand);
        for (int axis = 0; axis < labels.length; axis++) {
            int to = map.resultAxis(labels[axis]);
            if (to >= 0 && !map.isStacked(labels[axis])) {
                made[to] = site.claim(operand, axis);
                passed.add(made[to]);
            }
        }
        return joined(passed);
    }

    private static int[] joined(List<int[]> ids) {
        int[] all =
                ids.stream().filter(i -> i != null).flatMapToInt(Arrays::stream).toArray();
        return all.length == 0 ? null : all;
    }
}
