package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.Part;
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

/** Slabs of a tensor, picked by their numbers along an axis. */
final class Gather {
    private Gather() {}

    static void declare() {
        Operators.standard("Gather")
                .shape(Gather::shape)
                .channels(Gather::follow)
                .cut(cut -> cut(cut, cut.node()))
                .zeroWithFirst();
        Operators.standard("GatherND")
                .shape(Gather::ndShape)
                .channels(Gather::followNd)
                .cut(Gather::cutNd)
                .zeroWithFirst();
        Operators.standard("GatherElements")
                .shape(call -> call.out(call.in(0).type(), call.in(1).dims()));
        for (String name : List.of("Scatter", "ScatterElements", "ScatterND", "TensorScatter")) {
            Operators.standard(name).shape(Call::outAsIn);
        }
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        int axis = Call.axis(call.attribute("axis", 0), x.rank());
        List<Dim> dims = new ArrayList<>(x.dims().subList(0, axis));
        dims.addAll(call.in(1).dims());
        dims.addAll(x.dims().subList(axis + 1, x.rank()));
        call.out(x.type(), dims);
        if (x.rank() == 1 && call.value(0).isPresent() && call.longs(1).isPresent()) {
            Dim[] from = call.value(0).get().elements();
            Dim[] taken = Arrays.stream(call.longs(1).get())
                    .mapToObj(i -> from[Call.axis(i, from.length)])
                    .toArray(Dim[]::new);
            call.elements(new Value(call.value(1).get().dims(), taken));
        }
    }

    private static void ndShape(Call call) {
        Shape x = call.in(0);
        Shape indices = call.in(1);
        int batch = (int) call.attribute("batch_dims", 0);
        Dim depth = indices.dim(-1);
        if (!depth.known()) {
            throw new UninferableException("the length of its indices is known only when the model runs");
        }
        List<Dim> dims = new ArrayList<>(indices.dims().subList(0, indices.rank() - 1));
        dims.addAll(x.dims().subList(batch + (int) depth.value(), x.rank()));
        call.out(x.type(), dims);
    }

    private static void follow(Site site) {
        int axis = site.axis(0, site.rank(0));
        long[] indices = site.longs(1);
        int indexRank = site.rank(1);
        Part part = site.layout(0).on(axis);
        int shift = indexRank - 1;
        if (part != null && (indices == null || indexRank > 1)) {
            site.settle(0, site.seal(site.layout(0), other -> other == axis, "is looked up by " + site.label()));
            part = null;
        }
        if (part == null) {
            site.give(site.layout(0).moved(other -> other < axis ? other : other + shift));
            return;
        }
        int[] positions = positions(indices, part.size(axis)).toArray();
        if (indexRank == 1) {
            site.give(site.select(axis, positions));
        } else if (part.isJoint()) {
            followSlab(site, part, axis, positions);
        } else {
            site.freeze(new int[] {part.ids()[positions[0]]}, "is picked out by " + site.label());
            site.give(site.layout(0).only(other -> other != axis).moved(other -> other < axis ? other : other - 1));
        }
    }

    /** One slab of several axes: the axis itself has to stay whole, the slab is laid out along the others. */
    private static void followSlab(Site site, Part part, int axis, int[] positions) {
        site.keepWhole(0, axis);
        Part slab = part.select(part.index(axis), positions).without(part.index(axis));
        int first = part.axes()[0];
        site.give(site.layout(0)
                .only(other -> other != first)
                .plus(slab)
                .moved(other -> other < axis ? other : other - 1));
    }

    private static IntStream positions(long[] indices, int size) {
        return Arrays.stream(indices).mapToInt(i -> Math.floorMod((int) i, size));
    }

    /** Whole rows along the first axis are what a Gather picks too. */
    private static void followNd(Site site) {
        long[] indices = site.longs(1);
        boolean rows = site.node().intAttribute("batch_dims", 0) == 0
                && site.rank(1) == 2
                && site.shape(1).get(1).is(1);
        if (!rows || indices == null || site.layout(0).on(0) == null) {
            site.giveUp();
            return;
        }
        int size = (int) site.shape(0).get(0).value();
        site.give(site.select(0, positions(indices, size).toArray()));
    }

    private static Node cutNd(NodeCut cut) {
        return cut.kept(0, 0) == null
                ? cut.node()
                : cut(cut, cut.node().withOp("Gather").without("batch_dims"));
    }

    private static Node cut(NodeCut cut, Node gather) {
        int axis = Math.floorMod((int) gather.intAttribute("axis", 0), cut.rank(0));
        int[] kept = cut.kept(0, axis);
        if (kept == null) {
            return cut.node();
        }
        long[] moved = NodeCut.moved(positions(cut.longs(1), (int) cut.dims(0)[axis]), kept);
        Tensor stored = cut.rank(1) == 0 ? Tensor.ofLongs(moved) : Tensor.ofLongs(moved, moved.length);
        return gather.withInput(1, cut.store("indices", stored));
    }
}
