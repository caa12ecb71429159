package io.millrace.onnx.channels;

import io.millrace.onnx.channels.Merge.Operand;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Layers: they bind their input channels to one axis of a weight and make new channels along the other. */
final class LayerRules {
    private LayerRules() {}

    static void conv(Site site) {
        int groups = (int) site.node.intAttribute("group", 1);
        long[] weight = site.dims(1);
        long[] input = site.dims(0);
        int[] in = site.along(0, 1);
        int[] out = site.along(1, 0);
        freezeKernel(site);
        if (groups == 1) {
            contract(site, in, 0, site.along(1, 1), 1);
        } else if (groups == input[1] && weight[1] == 1 && weight[0] > 0) {
            depthwise(site, in, out, (int) (weight[0] / groups));
        } else if (site.flow.graph.constant(site.node.input(1)).isEmpty() || weight[0] % groups != 0) {
            site.freezeAll("feeds " + site.label() + ", whose groups read a weight that is computed");
        } else {
            grouped(site, in, out, groups, (int) weight[1] * groups);
        }
        finish(site, in, out, out);
    }

    static void convTranspose(Site site) {
        int groups = (int) site.node.intAttribute("group", 1);
        long[] weight = site.dims(1);
        int[] in = site.along(0, 1);
        int[] rows = site.along(1, 0);
        int[] out = site.along(1, 1);
        freezeKernel(site);
        if (groups == 1) {
            contract(site, in, 0, rows, 1);
            finish(site, in, out, out);
        } else if (groups == weight[0]) {
            // Channel c makes the outputs c * multiplier and on, with one row of the weight.
            int multiplier = (int) weight[1];
            site.meet(in, 0, rows, 1);
            if (out != null) {
                site.atoms.freeze(out, "is shared by all groups of " + site.label());
            }
            int[] made = rows == null
                    ? null
                    : IntStream.range(0, rows.length * multiplier)
                            .map(i -> rows[i / multiplier])
                            .toArray();
            finish(site, in, made, rows);
        } else {
            // Column j makes output j of every group.
            site.meet(in, 0, rows, 1);
            int[] made = out == null
                    ? null
                    : IntStream.range(0, out.length * groups)
                            .map(i -> out[i % out.length])
                            .toArray();
            if (rows != null) {
                site.flow.balances.add(new Flow.Balance(rows, groups));
                columns(site, rows, 1, 0);
            }
            finish(site, in, made, out);
        }
    }

    private static void freezeKernel(Site site) {
        site.layout(1).only(axis -> axis >= 2).freeze(site.atoms, "is a kernel position");
    }

    private static void depthwise(Site site, int[] in, int[] out, int multiplier) {
        if (in == null || out == null) {
            site.meet(in, 0, out, 1);
            return;
        }
        for (int i = 0; i < out.length; i++) {
            site.atoms.unite(out[i], in[i / multiplier]);
        }
    }

    private static void grouped(Site site, int[] in, int[] out, int groups, int channels) {
        site.layout(1).only(axis -> axis == 1).freeze(site.atoms, "is shared by all groups of " + site.label());
        int[] columns = site.flow
                .groupedInputs
                .computeIfAbsent(site.node.input(1), w -> new Flow.GroupedInput(groups, site.atoms.fresh(channels)))
                .ids();
        if (columns.length != channels) {
            site.freezeAll("feeds " + site.label() + ", whose weight is read with other groups elsewhere");
            return;
        }
        site.meet(in, 0, columns, 1);
        site.atoms.mark(columns, Atoms.INPUT | (site.keepsZero(0) ? 0 : Atoms.READS_NONZERO));
        site.flow.balances.add(new Flow.Balance(columns, groups));
        if (out != null) {
            site.flow.balances.add(new Flow.Balance(out, groups));
        }
    }

    /** Gives the result its atoms: the batch passes, the channels are new, the rest of the window is mixed. */
    private static void finish(Site site, int[] in, int[] out, int[] rows) {
        if (rows != null && site.isStored(1)) {
            site.atoms.mark(rows, Atoms.OUTPUT);
        }
        int[] bias = site.along(2, 0);
        if (bias != null) {
            site.atoms.mark(bias, Atoms.OUTPUT);
            site.meet(bias, 2, out, 1);
        }
        Layout passed = site.unmixed(0, axis -> axis >= 2).only(axis -> axis == 0);
        site.give(out == null ? passed : passed.plus(new Layout(List.of(Part.of(1, out)))));
        layer(site, out, in, 0);
    }

    private static void layer(Site site, int[] out, int[] in, int input) {
        site.flow.layers.add(new Flow.Layer(site.node, out, in, site.flow.name(site.node.input(input))));
    }

    /**
     * A sum over channels: what is summed goes together. At least one side must be zero when the channels are switched
     * off; a stored weight can be made so.
     */
    private static void contract(Site site, int[] left, int leftInput, int[] right, int rightInput) {
        site.meet(left, leftInput, right, rightInput);
        if (left == null || right == null) {
            return;
        }
        columns(site, left, leftInput, rightInput);
        columns(site, right, rightInput, leftInput);
        boolean stored = site.isStored(leftInput) || site.isStored(rightInput);
        if (!stored && !site.keepsZero(leftInput) && !site.keepsZero(rightInput)) {
            site.atoms.freeze(
                    left, "is summed over in " + site.label() + ", and is not zero where its layer gives zero");
        }
    }

    private static void columns(Site site, int[] ids, int input, int other) {
        if (site.isStored(input)) {
            site.atoms.mark(ids, Atoms.INPUT | (site.keepsZero(other) ? 0 : Atoms.READS_NONZERO));
        }
    }

    static void gemm(Site site) {
        int inner = site.node.intAttribute("transA", 0) == 0 ? 1 : 0;
        int columns = site.node.intAttribute("transB", 0) == 0 ? 0 : 1;
        int[] in = site.along(0, inner);
        int[] rows = site.along(0, 1 - inner);
        int[] weight = site.along(1, columns);
        int[] out = site.along(1, 1 - columns);
        contract(site, in, 0, weight, 1);
        Layout result = Layout.ofAxes(rows, out);
        if (out != null && site.isStored(1)) {
            site.atoms.mark(out, Atoms.OUTPUT);
        }
        if (site.has(2)) {
            site.layout(2).parts().forEach(part -> site.atoms.mark(part.ids(), Atoms.OUTPUT));
            result = site.merge()
                    .of(
                            2,
                            List.of(
                                    new Operand(result, site.outDims(0), site.flow.name(site.node.input(0))),
                                    site.operand(2, 2)));
        }
        site.give(result);
        if (site.isStored(1)) {
            layer(site, out, in, 0);
        }
    }

    static void matMul(Site site) {
        int leftRank = site.rank(0);
        int rightRank = site.rank(1);
        if (leftRank < 2 || rightRank < 2) {
            site.freezeAll("feeds " + site.label() + ", a product with a vector, which is not followed");
            site.give(Layout.NONE);
            return;
        }
        separate(site, 0, leftRank);
        separate(site, 1, rightRank);
        int rank = Math.max(leftRank, rightRank);
        int[] in = site.along(0, leftRank - 1);
        int[] rows = site.along(0, leftRank - 2);
        int[] weight = site.along(1, rightRank - 2);
        int[] out = site.along(1, rightRank - 1);
        contract(site, in, 0, weight, 1);
        Layout batch = site.merge().of(rank, List.of(batch(site, 0, rank), batch(site, 1, rank)));
        int[][] matrix = new int[rank][];
        matrix[rank - 2] = rows;
        matrix[rank - 1] = out;
        site.give(batch.plus(Layout.ofAxes(matrix)));
        if (site.isStored(1) && !site.isStored(0)) {
            mark(site, out);
            layer(site, out, in, 0);
        } else if (site.isStored(0) && !site.isStored(1)) {
            mark(site, rows);
            layer(site, rows, weight, 1);
        }
    }

    private static void mark(Site site, int[] rows) {
        if (rows != null) {
            site.atoms.mark(rows, Atoms.OUTPUT);
        }
    }

    /** Heads that share an axis with their dimensions go as blocks: a joint part keeps its first batch axis only. */
    private static void separate(Site site, int input, int rank) {
        Layout layout = site.layout(input);
        Layout separated = layout.without(
                axis -> {
                    int[] axes = layout.on(axis).axes();
                    int kept = axes[0] < rank - 2 ? axes[0] : axes[axes.length - 1];
                    return axis != kept;
                },
                site.atoms,
                "");
        site.flow.give(site.node.input(input), separated);
    }

    private static Operand batch(Site site, int input, int rank) {
        Operand whole = site.operand(input, rank);
        long[] dims = Arrays.copyOf(whole.dims(), rank);
        dims[rank - 1] = 1;
        dims[rank - 2] = 1;
        return new Operand(whole.layout().only(axis -> axis < rank - 2), dims, whole.name());
    }
}
