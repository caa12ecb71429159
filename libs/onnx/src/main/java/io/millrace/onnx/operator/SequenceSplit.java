package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.NodeCut.Fixed;
import io.millrace.onnx.channels.NodeCut.Size;
import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A Split in two operators: SplitToSequence, and SequenceAt for each piece. Newer torch writes chunk and split so. */
final class SequenceSplit {
    private SequenceSplit() {}

    static void declare() {
        Operators.standard("SplitToSequence")
                .shape(SequenceSplit::splitShape)
                .channels(SequenceSplit::follow)
                .cut(SequenceSplit::cut)
                .zeroWithFirst()
                .sequence();
        Operators.standard("SequenceConstruct")
                .shape(call ->
                        call.outSequence(IntStream.range(0, call.node().inputs().size())
                                .mapToObj(call::in)
                                .toList()));
        Operators.standard("SequenceAt")
                .shape(SequenceSplit::itemShape)
                .channels(SequenceSplit::followItem)
                .zeroWithFirst();
    }

    private static void splitShape(Call call) {
        Shape x = call.in(0);
        int axis = Call.axis(call.attribute("axis", 0), x.rank());
        if (!x.dim(axis).known()) {
            throw new UninferableException("the number of its parts is known only when the model runs");
        }
        long total = x.dim(axis).value();
        long[] sizes;
        boolean keep = true;
        if (!call.given(1)) {
            sizes = equal(total, 1);
            keep = call.attribute("keepdims", 1) == 1;
        } else {
            long[] split = call.longs(1)
                    .orElseThrow(() -> new UninferableException("its split is known only when the model runs"));
            sizes = call.in(1).rank() == 0 ? equal(total, split[0]) : split;
        }
        List<Shape> items = new ArrayList<>();
        for (long size : sizes) {
            List<Dim> dims = new ArrayList<>(x.dims());
            dims.set(axis, Dim.of(size));
            if (!keep) {
                dims.remove(axis);
            }
            items.add(new Shape(x.type(), dims));
        }
        call.outSequence(items);
    }

    private static long[] equal(long total, long size) {
        if (size < 1 || (total + size - 1) / size > Value.MOST_ELEMENTS) {
            throw new UninferableException("parts of size " + size + " do not split " + total);
        }
        long[] sizes = new long[(int) ((total + size - 1) / size)];
        Arrays.fill(sizes, size);
        if (total % size != 0) {
            sizes[sizes.length - 1] = total % size;
        }
        return sizes;
    }

    private static void itemShape(Call call) {
        List<Shape> items = call.sequence(0);
        long[] position = call.longs(1).orElse(null);
        if (items == null || position == null) {
            throw new UninferableException("the item it takes is known only when the model runs");
        }
        Shape item = items.get(Call.axis(position[0], items.size()));
        call.out(item.type(), item.dims());
    }

    private static void follow(Site site) {
        int axis = site.axis(0, site.rank(0));
        boolean followed =
                site.readers(0).stream().allMatch(reader -> reader.node().is("SequenceAt") && reader.longs(1) != null);
        if (site.layout(0).on(axis) != null && (!followed || sizes(site) == null)) {
            site.giveUp();
        }
    }

    private static void followItem(Site site) {
        Site split = site.maker(0);
        if (split == null || !split.node().is("SplitToSequence")) {
            site.giveUp();
            return;
        }
        int axis = split.axis(0, split.rank(0));
        if (split.layout(0).on(axis) == null) {
            site.give(split.layout(0));
            return;
        }
        long[] sizes = sizes(split);
        if (sizes == null
                || site.longs(1) == null
                || !site.outShape(0).get(axis).known()) {
            site.giveUp();
            return;
        }
        int index = Math.floorMod((int) site.longs(1)[0], sizes.length);
        int from = (int) Arrays.stream(sizes, 0, index).sum();
        site.give(split.select(
                axis, IntStream.range(from, from + (int) sizes[index]).toArray()));
    }

    /** The sizes of the pieces, or {@code null} if they are not known or pieces lose the axis. */
    private static long[] sizes(NodeView split) {
        int axis = split.axis(0, split.rank(0));
        long[] given = split.longs(1);
        if (given == null || !split.shape(0).get(axis).known()) {
            return null;
        }
        if (split.rank(1) == 1) {
            return given;
        }
        return given[0] < 1 ? null : equal(split.shape(0).get(axis).value(), given[0]);
    }

    private static Node cut(NodeCut cut) {
        int[] kept = cut.kept(0, cut.axis(0, cut.rank(0)));
        if (kept == null) {
            return cut.node();
        }
        List<Size> sizes = new ArrayList<>();
        long from = 0;
        for (long size : sizes(cut)) {
            sizes.add(new Fixed(NodeCut.below(kept, from + size) - NodeCut.below(kept, from)));
            from += size;
        }
        return cut.node().withInput(1, cut.vector(sizes));
    }
}
