package io.millrace.onnx.shape;

import io.millrace.onnx.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that take some elements out of tensors, or put tensors together. */
final class SelectionRules {
    private SelectionRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put("Gather", SelectionRules::gather);
        rules.put(
                "GatherElements", call -> call.out(call.in(0).type(), call.in(1).dims()));
        rules.put("GatherND", SelectionRules::gatherNd);
        rules.put("Concat", call -> concat(call, 0, 1));
        rules.put("QLinearConcat", call -> concat(call, 2, 3));
        rules.put("Split", SelectionRules::split);
        rules.put("Pad", SelectionRules::pad);
        rules.put("Crop", SelectionRules::crop);
        rules.put("CenterCropPad", SelectionRules::centerCrop);
        rules.put("TopK", SelectionRules::topK);
        rules.put("ArgMax", SelectionRules::best);
        rules.put("ArgMin", SelectionRules::best);
        rules.put("OneHot", SelectionRules::oneHot);
        rules.put(
                "NonZero",
                call -> call.out(
                        ElementType.INT64, List.of(Dim.of(Math.max(1, call.in(0).rank())), call.fresh(0, 1))));
        rules.put("NonMaxSuppression", call -> call.out(ElementType.INT64, List.of(call.fresh(0, 0), Dim.of(3))));
        rules.put("Compress", SelectionRules::compress);
    }

    private static void gather(Call call) {
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

    private static void gatherNd(Call call) {
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

    private static void concat(Call call, int first, int step) {
        Shape x = call.in(first);
        int axis = Call.axis(call.attribute("axis", 1), x.rank());
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = first + step; i < call.node().inputs().size(); i += step) {
            Shape other = call.in(i);
            if (other.rank() != x.rank()) {
                throw new UninferableException("its inputs differ in rank");
            }
            for (int k = 0; k < x.rank(); k++) {
                Dim dim = other.dim(k);
                if (k == axis) {
                    dims.set(k, dims.get(k).plus(dim));
                } else if (dim.known()) {
                    Call.same(dims.get(k), dim, "sizes of its inputs along axis " + k);
                    dims.set(k, dim);
                }
            }
        }
        call.out(x.type(), dims);
        if (x.rank() == 1 && dims.get(0).known() && dims.get(0).value() <= Value.MOST_ELEMENTS) {
            List<Dim> elements = new ArrayList<>();
            for (int i = first; i < call.node().inputs().size(); i += step) {
                Dim[] unknown = new Dim[(int) call.in(i).dim(0).value()];
                elements.addAll(Arrays.asList(call.value(i).map(Value::elements).orElse(unknown)));
            }
            call.elements(Value.vector(elements));
        }
    }

    private static void split(Call call) {
        Shape x = call.in(0);
        int axis = Call.axis(call.attribute("axis", 0), x.rank());
        int parts = call.node().outputs().size();
        long[] sizes = call.longs("split", 1);
        if (sizes != null) {
            Call.same(x.dim(axis), Dim.of(Arrays.stream(sizes).sum()), "the size and the sum of its parts");
        }
        // Without sizes all parts are equal, the last one smaller where they do not divide.
        Dim equal = x.dim(axis).plus(parts - 1).over(Dim.of(parts));
        Dim rest = x.dim(axis);
        for (int i = 0; i < parts; i++) {
            Dim size = sizes != null ? Dim.of(sizes[i]) : i == parts - 1 && rest.known() ? rest : equal;
            List<Dim> dims = new ArrayList<>(x.dims());
            dims.set(axis, size);
            call.out(i, x.type(), dims);
            if (x.rank() == 1 && call.value(0).isPresent() && size.known()) {
                Dim[] all = call.value(0).get().elements();
                int from = all.length - (int) rest.value();
                call.elements(i, Value.vector(Arrays.asList(all).subList(from, from + (int) size.value())));
            }
            rest = rest.minus(size);
        }
    }

    private static void pad(Call call) {
        Shape x = call.in(0);
        int rank = x.rank();
        long[] attribute = call.attribute("pads", call.attribute("paddings", (long[]) null));
        Dim[] pads = attribute != null
                ? Arrays.stream(attribute).mapToObj(Dim::of).toArray(Dim[]::new)
                : call.value(1)
                        .map(Value::elements)
                        .orElseThrow(() -> new UninferableException("its pads are known only when the model runs"));
        int[] axes = new int[pads.length / 2];
        long[] chosen = attribute == null && call.given(3) ? call.longs("axes", 3) : null;
        Arrays.setAll(axes, i -> chosen == null ? i : Call.axis(chosen[i], rank));
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = 0; i < axes.length; i++) {
            Dim before = pads[i];
            Dim after = pads[i + axes.length];
            dims.set(
                    axes[i],
                    before == null || after == null
                            ? call.fresh(0, axes[i])
                            : x.dim(axes[i]).plus(before).plus(after));
        }
        call.out(x.type(), dims);
    }

    /** Obsolete since opset 7, but runtimes still have it: {@code border} = left, top, right, bottom. */
    private static void crop(Call call) {
        Shape x = call.in(0);
        long[] border = call.attribute("border", new long[4]);
        long[] scale = call.attribute("scale", (long[]) null);
        boolean scaled = scale != null && scale.length == 2;
        Dim height = scaled ? Dim.of(scale[0]) : x.dim(2).plus(-border[1] - border[3]);
        Dim width = scaled ? Dim.of(scale[1]) : x.dim(3).plus(-border[0] - border[2]);
        call.out(x.type(), List.of(x.dim(0), x.dim(1), height, width));
    }

    private static void centerCrop(Call call) {
        Shape x = call.in(0);
        Dim[] target = call.value(1)
                .map(Value::elements)
                .orElseThrow(() -> new UninferableException("its shape is known only when the model runs"));
        long[] axes = call.attribute("axes", (long[]) null);
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = 0; i < target.length; i++) {
            int axis = axes == null ? i : Call.axis(axes[i], x.rank());
            dims.set(axis, target[i] == null ? call.fresh(0, axis) : target[i]);
        }
        call.out(x.type(), dims);
    }

    private static void topK(Call call) {
        Shape x = call.in(0);
        int axis = Call.axis(call.attribute("axis", -1), x.rank());
        Dim count;
        if (call.given(1)) {
            count = call.value(1).map(v -> v.elements()[0]).orElse(null);
        } else {
            count = Dim.of(call.attribute("k", 1));
        }
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.set(axis, count == null ? call.fresh(0, axis) : count);
        call.out(0, x.type(), dims);
        call.out(1, ElementType.INT64, dims);
    }

    private static void best(Call call) {
        Shape x = call.in(0);
        int axis = Call.axis(call.attribute("axis", 0), x.rank());
        List<Dim> dims = new ArrayList<>(x.dims());
        if (call.attribute("keepdims", 1) == 1) {
            dims.set(axis, Dim.of(1));
        } else {
            dims.remove(axis);
        }
        call.out(ElementType.INT64, dims);
    }

    private static void oneHot(Call call) {
        List<Dim> dims = new ArrayList<>(call.in(0).dims());
        int axis = Call.axis(call.attribute("axis", -1), dims.size() + 1);
        Dim depth = call.value(1).map(v -> v.elements()[0]).orElse(null);
        dims.add(axis, depth == null ? call.fresh(0, axis) : depth);
        call.out(call.in(2).type(), dims);
    }

    private static void compress(Call call) {
        Shape x = call.in(0);
        if (call.node().attribute("axis").isEmpty()) {
            call.out(x.type(), List.of(call.fresh(0, 0)));
            return;
        }
        int axis = Call.axis(call.attribute("axis", 0), x.rank());
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.set(axis, call.fresh(0, axis));
        call.out(x.type(), dims);
    }
}
