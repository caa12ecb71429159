package io.millrace.onnx.channels;

import io.millrace.onnx.channels.Merge.Operand;
import io.millrace.onnx.shape.Dim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Operators that move data: executed literally on the atoms. */
final class MovementRules {
    private MovementRules() {}

    static void reshape(Site site) {
        ChannelShuffle shuffle = site.flow.shuffles.get(site.node.output(0));
        if (shuffle != null) {
            Part part = site.flow.layout(shuffle.value()).on(shuffle.axis());
            if (part != null) {
                int[] ids = site.flow.separate(shuffle.value(), shuffle.axis());
                int[] shuffled = Arrays.stream(shuffle.order()).map(i -> ids[i]).toArray();
                Layout others = site.flow.layout(shuffle.value()).only(axis -> axis != shuffle.axis());
                site.give(others.plus(new Layout(List.of(Part.of(shuffle.axis(), shuffled)))));
            } else {
                site.give(site.flow.layout(shuffle.value()));
            }
        } else if (!site.flow.insideShuffles.contains(site.node.output(0))) {
            site.give(new Reshaping(site.atoms, site.label())
                    .apply(Reshaping.joined(site), site.shape(0), site.outShape(0)));
        }
    }

    /** Flatten, Squeeze, Unsqueeze. */
    static void flatten(Site site) {
        site.give(
                new Reshaping(site.atoms, site.label()).apply(Reshaping.joined(site), site.shape(0), site.outShape(0)));
    }

    static void transpose(Site site) {
        int rank = site.rank(0);
        long[] perm = site.node.intsAttribute(
                "perm", IntStream.range(0, rank).mapToLong(i -> rank - 1 - i).toArray());
        int[] inverse = new int[rank];
        for (int i = 0; i < rank; i++) {
            inverse[(int) perm[i]] = i;
        }
        if (!site.flow.insideShuffles.contains(site.node.output(0))) {
            site.give(site.layout(0).moved(axis -> inverse[axis]));
        }
    }

    static void concat(Site site) {
        int rank = site.outShape(0).size();
        int axis = site.axis(1, rank);
        List<Operand> operands = new ArrayList<>();
        List<int[]> pieces = new ArrayList<>();
        boolean any = false;
        for (int i = 0; i < site.node.inputs().size(); i++) {
            int[] ids = site.along(i, axis);
            if (site.isStored(i)) {
                // A stored piece next to computed ones (a class token): its values are made zero like rows.
                site.layout(i).parts().forEach(part -> site.atoms.mark(part.ids(), Atoms.OUTPUT));
            }
            pieces.add(ids);
            any |= ids != null;
            long[] dims = site.dims(i).clone();
            dims[axis] = 1;
            operands.add(
                    new Operand(site.layout(i).only(other -> other != axis), dims, site.flow.name(site.node.input(i))));
        }
        Layout others = site.merge().of(rank, operands);
        Dim total = site.outShape(0).get(axis);
        if (!any || !total.known()) {
            for (int i = 0; i < pieces.size(); i++) {
                if (pieces.get(i) != null) {
                    site.atoms.freeze(pieces.get(i), site.label() + " joins it with channels of unknown number");
                }
            }
            site.give(others);
            return;
        }
        int[] joined = new int[(int) total.value()];
        int at = 0;
        for (int i = 0; i < pieces.size(); i++) {
            int[] ids = pieces.get(i);
            if (ids == null) {
                ids = site.atoms.fresh((int) site.dims(i)[axis]);
                site.freezeBy(ids, i);
            }
            System.arraycopy(ids, 0, joined, at, ids.length);
            at += ids.length;
        }
        site.give(others.plus(new Layout(List.of(Part.of(axis, joined)))));
    }

    static void split(Site site) {
        int axis = site.axis(0, site.rank(0));
        int from = 0;
        for (int i = 0; i < site.node.outputs().size(); i++) {
            Part part = site.layout(0).on(axis);
            if (part == null) {
                site.give(i, site.layout(0));
            } else {
                int size = (int) site.outDims(i)[axis];
                site.give(
                        i,
                        selected(site, axis, IntStream.range(from, from + size).toArray()));
                from += size;
            }
        }
    }

    /** The layout of the first input with these positions along an axis that has atoms. */
    static Layout selected(Site site, int axis, int[] positions) {
        Part part = site.layout(0).on(axis);
        Part chosen =
                part.select(Arrays.binarySearch(part.axes(), axis), positions).simplified(site.atoms);
        Layout others = site.layout(0).only(other -> other != part.axes()[0]);
        if (Part.product(chosen.dims()) == 1) {
            site.atoms.freeze(chosen.ids(), "is all that " + site.label() + " takes");
            return others;
        }
        return others.plus(new Layout(List.of(chosen)));
    }

    static void slice(Site site) {
        int rank = site.rank(0);
        long[] starts = site.list("starts", 1);
        long[] ends = site.list("ends", 2);
        long[] axes = site.list("axes", 3);
        boolean allAxes = axes == null && !site.has(3);
        long[] steps = site.has(4) ? site.longs(4) : null;
        Layout layout = site.layout(0);
        for (int axis = 0; axis < rank; axis++) {
            int at = allAxes ? axis : axes == null ? -1 : indexOf(axes, axis, rank);
            boolean untouched = allAxes ? starts != null && axis >= starts.length : axes != null && at < 0;
            Part part = layout.on(axis);
            if (part == null || untouched) {
                continue;
            }
            long step = site.has(4) ? (steps == null || at < 0 ? 0 : steps[at]) : 1;
            if (starts == null || ends == null || at < 0 || step != 1) {
                int mixed = axis;
                layout = layout.without(
                        other -> other == mixed,
                        site.atoms,
                        "feeds " + site.label()
                                + (step == 1 ? ", whose bounds are computed" : ", which skips channels"));
                continue;
            }
            int k = Arrays.binarySearch(part.axes(), axis);
            int size = part.dims()[k];
            int start = bound(starts[at], size);
            int end = bound(ends[at], size);
            Part chosen =
                    part.select(k, IntStream.range(start, Math.max(start, end)).toArray());
            Layout others = layout.only(other -> other != part.axes()[0]);
            layout =
                    chosen.ids().length == 0 ? others : others.plus(new Layout(List.of(chosen.simplified(site.atoms))));
        }
        site.give(layout);
    }

    static int indexOf(long[] axes, int axis, int rank) {
        for (int i = 0; i < axes.length; i++) {
            if (Math.floorMod((int) axes[i], rank) == axis) {
                return i;
            }
        }
        return -1;
    }

    /** A bound of a Slice, as ONNX clamps it. */
    static int bound(long value, int size) {
        return (int) Math.max(0, Math.min(size, value < 0 ? value + size : value));
    }

    static void gather(Site site) {
        int rank = site.rank(0);
        int axis = site.axis(0, rank);
        long[] indices = site.longs(1);
        int indexRank = site.rank(1);
        Part part = site.layout(0).on(axis);
        int shift = indexRank - 1;
        if (part != null && (indices == null || indexRank > 1)) {
            site.flow.give(
                    site.node.input(0),
                    site.layout(0).without(other -> other == axis, site.atoms, "is looked up by " + site.label()));
            part = null;
        }
        if (part == null) {
            site.give(site.layout(0).moved(other -> other < axis ? other : other + shift));
            return;
        }
        int size = part.dims()[Arrays.binarySearch(part.axes(), axis)];
        int[] positions = Arrays.stream(indices)
                .mapToInt(i -> Math.floorMod((int) i, size))
                .toArray();
        if (indexRank == 1) {
            site.give(selected(site, axis, positions));
            return;
        }
        if (!part.isJoint()) {
            site.atoms.freeze(new int[] {part.ids()[positions[0]]}, "is picked out by " + site.label());
            site.give(site.layout(0).only(other -> other != axis).moved(other -> other < axis ? other : other - 1));
            return;
        }
        // One slab of several axes: the axis itself has to stay whole, the slab is laid out along the others.
        site.flow.forbidden.add(new Flow.Axis(site.node.input(0), axis));
        Part slab = part.select(Arrays.binarySearch(part.axes(), axis), positions)
                .without(Arrays.binarySearch(part.axes(), axis));
        int first = part.axes()[0];
        site.give(site.layout(0)
                .only(other -> other != first)
                .plus(new Layout(List.of(slab)))
                .moved(other -> other < axis ? other : other - 1));
    }

    /** A GatherND of whole rows along the first axis is a Gather. */
    static void gatherNd(Site site) {
        long[] indices = site.longs(1);
        if (!isRowGather(site) || indices == null || site.layout(0).on(0) == null) {
            Rules.UNKNOWN.apply(site);
            return;
        }
        int size = (int) site.shape(0).get(0).value();
        site.give(selected(
                site,
                0,
                Arrays.stream(indices)
                        .mapToInt(i -> Math.floorMod((int) i, size))
                        .toArray()));
    }

    private static boolean isRowGather(Site site) {
        return site.node.intAttribute("batch_dims", 0) == 0
                && site.rank(1) == 2
                && site.shape(1).get(1).is(1);
    }

    static void expand(Site site) {
        int rank = site.outShape(0).size();
        int shift = rank - site.rank(0);
        Layout repeated = fresh(
                site, axis -> axis < shift || site.shape(0).get(axis - shift).is(1));
        site.give(site.layout(0).moved(axis -> axis + shift).plus(repeated));
    }

    static void constantOfShape(Site site) {
        site.give(fresh(site, axis -> true));
    }

    /** New atoms for axes along which all is the same: any index may go, the node just makes fewer. */
    private static Layout fresh(Site site, IntPredicate axes) {
        boolean floats =
                site.flow.shapes.of(site.node.output(0)).orElseThrow().type().isFloatingPoint();
        long[] dims = site.outDims(0);
        int[][] ids = new int[dims.length][];
        for (int axis = 0; axis < dims.length; axis++) {
            if (floats && dims[axis] > 1 && dims[axis] <= Flow.LARGEST && axes.test(axis)) {
                ids[axis] = site.atoms.fresh((int) dims[axis]);
            }
        }
        return Layout.ofAxes(ids);
    }

    static void tile(Site site) {
        long[] repeats = site.longs(1);
        Layout layout = site.layout(0);
        for (Part part : site.layout(0).parts()) {
            for (int axis : part.axes()) {
                int k = axis;
                long times = repeats == null ? 0 : repeats[axis];
                if (times == 1) {
                    continue;
                }
                Part now = layout.on(axis);
                if (times == 0 || now == null) {
                    layout = layout.without(other -> other == k, site.atoms, "feeds " + site.label());
                    continue;
                }
                int at = Arrays.binarySearch(now.axes(), axis);
                int size = now.dims()[at];
                int[] positions = IntStream.range(0, (int) (size * times))
                        .map(i -> i % size)
                        .toArray();
                layout = layout.only(other -> other != now.axes()[0])
                        .plus(new Layout(List.of(now.select(at, positions))));
            }
        }
        site.give(layout);
    }

    static void pad(Site site) {
        int rank = site.rank(0);
        long[] amounts = site.list("pads", 1);
        long[] axes = site.longs(3);
        boolean known = amounts != null && (axes != null || !site.has(3));
        boolean constant = site.node.stringAttribute("mode", "constant").equals("constant");
        Layout layout = site.layout(0);
        for (int axis = 0; axis < rank; axis++) {
            int k = axis;
            int at = axes == null ? axis : indexOf(axes, axis, rank);
            Part part = layout.on(axis);
            if (part == null || known && at < 0) {
                continue;
            }
            int half = known ? amounts.length / 2 : 0;
            long before = known ? amounts[at] : -1;
            long after = known ? amounts[at + half] : -1;
            if (before == 0 && after == 0) {
                continue;
            }
            if (before < 0 || after < 0 || !constant || part.isJoint()) {
                layout = layout.without(other -> other == k, site.atoms, "is padded by " + site.label());
                continue;
            }
            int[] padding = site.atoms.fresh((int) (before + after));
            site.atoms.freeze(padding, "is padding of " + site.label());
            int[] ids = new int[part.ids().length + padding.length];
            System.arraycopy(padding, 0, ids, 0, (int) before);
            System.arraycopy(part.ids(), 0, ids, (int) before, part.ids().length);
            System.arraycopy(padding, (int) before, ids, (int) before + part.ids().length, (int) after);
            layout = layout.only(other -> other != k).plus(new Layout(List.of(Part.of(axis, ids))));
        }
        site.give(layout);
    }

    static void depthToSpace(Site site) {
        int block = (int) site.node.intAttribute("blocksize", 1);
        boolean depthFirst = site.node.stringAttribute("mode", "DCR").equals("DCR");
        int[] ids = site.along(0, 1);
        Layout rest = site.unmixed(0, axis -> axis >= 2).only(axis -> axis == 0);
        if (ids == null) {
            site.give(rest);
            return;
        }
        int squared = block * block;
        int channels = ids.length / squared;
        int[] out = new int[channels];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < squared; i++) {
                int id = ids[depthFirst ? i * channels + c : c * squared + i];
                out[c] = i == 0 ? id : out[c];
                site.atoms.unite(out[c], id);
            }
        }
        site.give(channels == 1 ? rest : rest.plus(new Layout(List.of(Part.of(1, out)))));
        if (channels == 1) {
            site.atoms.freeze(out, "is the only channel that " + site.label() + " makes");
        }
    }

    static void spaceToDepth(Site site) {
        int block = (int) site.node.intAttribute("blocksize", 1);
        int[] ids = site.along(0, 1);
        Layout rest = site.unmixed(0, axis -> axis >= 2).only(axis -> axis == 0);
        site.give(
                ids == null
                        ? rest
                        : rest.plus(new Layout(List.of(Part.of(
                                1,
                                IntStream.range(0, ids.length * block * block)
                                        .map(i -> ids[i % ids.length])
                                        .toArray())))));
    }

    /** Resize and Upsample: axes that keep their size pass. */
    static void resize(Site site) {
        List<Dim> in = site.shape(0);
        List<Dim> out = site.outShape(0);
        boolean cropped =
                site.node.stringAttribute("coordinate_transformation_mode", "").equals("tf_crop_and_resize");
        site.give(site.unmixed(0, axis -> cropped || !in.get(axis).equals(out.get(axis))));
    }
}
