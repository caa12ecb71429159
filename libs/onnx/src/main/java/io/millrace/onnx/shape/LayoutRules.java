package io.millrace.onnx.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that arrange the same elements in other dimensions. */
final class LayoutRules {
    private LayoutRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put("Reshape", LayoutRules::reshape);
        rules.put("Flatten", LayoutRules::flatten);
        rules.put("Squeeze", LayoutRules::squeeze);
        rules.put("Unsqueeze", LayoutRules::unsqueeze);
        rules.put("Transpose", LayoutRules::transpose);
        rules.put("Expand", LayoutRules::expand);
        rules.put("Tile", LayoutRules::tile);
        rules.put("DepthToSpace", call -> block(call, false));
        rules.put("SpaceToDepth", call -> block(call, true));
        rules.put(
                "ReverseSequence",
                call -> call.out(call.in(0).type(), call.in(0).dims()));
    }

    private static void reshape(Call call) {
        Shape x = call.in(0);
        Dim[] target;
        if (call.value(1).isPresent()) {
            target = call.value(1).get().elements();
        } else {
            // Only how many dimensions there will be is known.
            Dim rank = call.in(1).dim(0);
            if (!rank.known() || rank.value() > 64) {
                throw new UninferableException("its target shape is known only when the model runs");
            }
            target = new Dim[(int) rank.value()];
        }
        boolean copyZero = call.attribute("allowzero", 0) == 0;
        List<Dim> dims = new ArrayList<>();
        int open = -1;
        boolean told = true;
        for (int i = 0; i < target.length; i++) {
            Dim dim = target[i];
            if (dim == null) {
                told = false;
                dim = call.fresh(0, i);
            } else if (dim.is(0) && copyZero) {
                dim = x.dim(i);
            } else if (dim.is(-1)) {
                open = i;
            }
            dims.add(dim);
        }
        if (open < 0 && told) {
            Call.same(product(x.dims()), product(dims), "elements before and after");
        }
        if (open >= 0) {
            dims.set(open, told ? rest(x.dims(), dims, open) : call.fresh(0, open));
        }
        call.out(x.type(), dims);
        keepElements(call, dims);
    }

    /** The size that makes {@code dims} hold as many elements as {@code all}. */
    private static Dim rest(List<Dim> all, List<Dim> dims, int open) {
        List<Dim> total = new ArrayList<>(all);
        Dim divisor = Dim.of(1);
        for (int i = 0; i < dims.size(); i++) {
            if (i != open && !total.remove(dims.get(i))) {
                divisor = divisor.times(dims.get(i));
            }
        }
        return product(total).over(divisor);
    }

    private static Dim product(List<Dim> dims) {
        return dims.stream().reduce(Dim.of(1), Dim::times);
    }

    /** The elements stay, in the same order, under the new dimensions. */
    private static void keepElements(Call call, List<Dim> dims) {
        if (dims.stream().allMatch(Dim::known)) {
            long[] sizes = dims.stream().mapToLong(Dim::value).toArray();
            call.value(0).ifPresent(value -> call.elements(new Value(sizes, value.elements())));
        }
    }

    private static void flatten(Call call) {
        Shape x = call.in(0);
        int axis = (int) call.attribute("axis", 1);
        axis = axis < 0 ? axis + x.rank() : axis;
        List<Dim> dims =
                List.of(product(x.dims().subList(0, axis)), product(x.dims().subList(axis, x.rank())));
        call.out(x.type(), dims);
        keepElements(call, dims);
    }

    private static void squeeze(Call call) {
        Shape x = call.in(0);
        long[] axes = call.longs("axes", 1);
        if (axes == null && !x.known()) {
            throw new UninferableException("which dimensions are 1 is known only when the model runs");
        }
        boolean[] gone = axes == null ? null : Call.axes(axes, x.rank());
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (gone == null ? !x.dim(i).is(1) : !gone[i]) {
                dims.add(x.dim(i));
            }
        }
        call.out(x.type(), dims);
        keepElements(call, dims);
    }

    private static void unsqueeze(Call call) {
        Shape x = call.in(0);
        long[] axes = call.longs("axes", 1);
        if (axes == null) {
            throw new UninferableException("it has no axes");
        }
        int rank = x.rank() + axes.length;
        boolean[] added = Call.axes(axes, rank);
        List<Dim> dims = new ArrayList<>();
        for (int i = 0, from = 0; i < rank; i++) {
            dims.add(added[i] ? Dim.of(1) : x.dim(from++));
        }
        call.out(x.type(), dims);
        keepElements(call, dims);
    }

    private static void transpose(Call call) {
        Shape x = call.in(0);
        long[] permutation = call.attribute("perm", (long[]) null);
        if (permutation != null) {
            Call.same(
                    Dim.of(x.rank()),
                    Dim.of(Arrays.stream(permutation).distinct().count()),
                    "axes");
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            int from = permutation == null ? x.rank() - 1 - i : Call.axis(permutation[i], x.rank());
            dims.add(x.dim(from));
        }
        call.out(x.type(), dims);
        call.value(0).ifPresent(value -> {
            long[] sizes = dims.stream().mapToLong(Dim::value).toArray();
            call.elements(value.pick(sizes, to -> {
                int[] from = new int[to.length];
                for (int i = 0; i < to.length; i++) {
                    from[permutation == null ? to.length - 1 - i : Call.axis(permutation[i], to.length)] = to[i];
                }
                return from;
            }));
        });
    }

    private static void expand(Call call) {
        Shape x = call.in(0);
        if (call.value(1).isPresent()) {
            Dim[] target = call.value(1).get().elements().clone();
            for (int i = 0; i < target.length; i++) {
                target[i] = target[i] == null ? call.fresh(0, i) : target[i];
            }
            List<Dim> dims = Broadcast.dims(call, List.of(x.dims(), Arrays.asList(target)));
            call.out(x.type(), dims);
            repeatElements(call, dims);
        } else {
            Dim length = call.in(1).dim(0);
            if (!length.known() || length.value() > 64) {
                throw new UninferableException("its target shape is known only when the model runs");
            }
            List<Dim> dims = new ArrayList<>();
            for (int i = 0; i < Math.max(length.value(), x.rank()); i++) {
                dims.add(call.fresh(0, i));
            }
            call.out(x.type(), dims);
        }
    }

    private static void repeatElements(Call call, List<Dim> dims) {
        if (call.value(0).isPresent() && dims.stream().allMatch(Dim::known)) {
            long[] sizes = dims.stream().mapToLong(Dim::value).toArray();
            long count = Arrays.stream(sizes).reduce(1, (a, b) -> Math.multiplyExact(a, b));
            if (count <= Value.MOST_ELEMENTS) {
                Value shape = new Value(sizes, new Dim[(int) count]);
                call.elements(Broadcast.apply(call.value(0).get(), shape, (element, none) -> element));
            }
        }
    }

    private static void tile(Call call) {
        Shape x = call.in(0);
        Value repeats = call.value(1)
                .orElseThrow(() -> new UninferableException("its repeats are known only when the model runs"));
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            Dim times = repeats.elements()[i];
            dims.add(times == null ? call.fresh(0, i) : x.dim(i).times(times));
        }
        call.out(x.type(), dims);
    }

    private static void block(Call call, boolean toDepth) {
        Shape x = call.in(0);
        Dim block = Dim.of(call.attribute("blocksize", 1));
        Dim area = block.times(block);
        call.out(
                x.type(),
                toDepth
                        ? List.of(
                                x.dim(0),
                                x.dim(1).times(area),
                                x.dim(2).over(block),
                                x.dim(3).over(block))
                        : List.of(
                                x.dim(0),
                                x.dim(1).over(area),
                                x.dim(2).times(block),
                                x.dim(3).times(block)));
    }
}
