package io.millrace.onnx.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A tensor split into a sequence, and the items taken out of it again: how some exporters write a split. */
final class SequenceRules {
    private SequenceRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put("SplitToSequence", SequenceRules::split);
        rules.put("SequenceConstruct", call -> {
            List<Shape> items = new ArrayList<>();
            for (int i = 0; i < call.node().inputs().size(); i++) {
                items.add(call.in(i));
            }
            call.inference().putSequence(call.node().output(0), items);
        });
        rules.put("SequenceAt", SequenceRules::at);
    }

    private static void split(Call call) {
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
            long[] split = call.longs("split", 1);
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
        call.inference().putSequence(call.node().output(0), items);
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

    private static void at(Call call) {
        List<Shape> items = call.inference().sequence(call.node().input(0));
        long[] position = call.longs(1).orElse(null);
        if (items == null || position == null) {
            throw new UninferableException("the item it takes is known only when the model runs");
        }
        Shape item = items.get(Call.axis(position[0], items.size()));
        call.out(item.type(), item.dims());
    }
}
