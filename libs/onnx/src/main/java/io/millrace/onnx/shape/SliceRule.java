package io.millrace.onnx.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Slice: bounds as attributes up to opset 9, as inputs since; negative bounds count from the end. */
final class SliceRule implements Rule {
    @Override
    public void infer(Call call) {
        Shape x = call.in(0);
        Dim[] starts = bounds(call, "starts", 1);
        Dim[] ends = bounds(call, "ends", 2);
        long[] axes = call.longs("axes", 3);
        long[] steps = call.longs("steps", 4);
        int count = starts != null ? starts.length : ends != null ? ends.length : axes != null ? axes.length : -1;
        if (count < 0) {
            throw new UninferableException("its bounds are known only when the model runs");
        }
        if (starts != null && starts.length != count
                || ends != null && ends.length != count
                || axes != null && axes.length != count
                || steps != null && steps.length != count) {
            throw new UninferableException("its starts, ends, axes and steps are not equally many");
        }
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = 0; i < count; i++) {
            int axis = axes == null ? i : Call.axis(axes[i], x.rank());
            long step = steps == null ? 1 : steps[i];
            Dim start = starts == null ? null : starts[i];
            Dim end = ends == null ? null : ends[i];
            Dim size = start == null || end == null || step == 0 ? null : size(x.dim(axis), start, end, step);
            dims.set(axis, size == null ? call.fresh(0, axis) : size);
        }
        call.out(x.type(), dims);
        if (call.value(0).isPresent() && dims.stream().allMatch(Dim::known)) {
            elements(call, call.value(0).get(), starts, axes, steps, dims);
        }
    }

    private static Dim[] bounds(Call call, String attribute, int i) {
        long[] stored = call.attribute(attribute, (long[]) null);
        return stored != null
                ? Arrays.stream(stored).mapToObj(Dim::of).toArray(Dim[]::new)
                : call.value(i).map(Value::elements).orElse(null);
    }

    /** How many elements lie between two bounds; {@code null} if that cannot be told. */
    private static Dim size(Dim all, Dim start, Dim end, long step) {
        Dim from = step > 0 ? clamp(start, all, Dim.of(0), all) : clamp(start, all, Dim.of(0), all.plus(-1));
        Dim to = step > 0 ? clamp(end, all, Dim.of(0), all) : clamp(end, all, Dim.of(-1), all.plus(-1));
        if (from == null || to == null) {
            return null;
        }
        Dim span = step > 0 ? to.minus(from) : from.minus(to);
        Dim taken = span.plus(Math.abs(step) - 1).over(Dim.of(Math.abs(step)));
        return taken.known() && taken.real() < 0 ? Dim.of(0) : taken;
    }

    /** A bound counted from the front and held between two limits; {@code null} if that cannot be told. */
    private static Dim clamp(Dim bound, Dim all, Dim low, Dim high) {
        // Exporters write "to the end" as the largest number of some type.
        if (bound.known() && bound.real() >= Integer.MAX_VALUE) {
            return high;
        }
        if (bound.known() && bound.real() <= -Integer.MAX_VALUE) {
            return low;
        }
        boolean negative = bound.known() ? bound.real() < 0 : bound.times(-1).positive();
        if (!negative && !bound.known() && !bound.positive()) {
            return null;
        }
        Dim position = negative ? bound.plus(all) : bound;
        if (position.known() && low.known() && position.real() < low.real()) {
            return low;
        }
        return negative ? position : position.is(0) ? position : position.min(high);
    }

    private static void elements(Call call, Value value, Dim[] starts, long[] axes, long[] steps, List<Dim> dims) {
        int rank = value.dims().length;
        int[] first = new int[rank];
        int[] step = new int[rank];
        Arrays.fill(step, 1);
        for (int i = 0; i < (starts == null ? 0 : starts.length); i++) {
            int axis = axes == null ? i : Call.axis(axes[i], rank);
            if (starts[i] == null || !starts[i].known()) {
                return;
            }
            step[axis] = steps == null ? 1 : Math.toIntExact(steps[i]);
            double start = starts[i].real();
            double last = value.dims()[axis] - (step[axis] < 0 ? 1.0 : 0.0);
            first[axis] = (int) Math.min(Math.max(start < 0 ? start + value.dims()[axis] : start, 0), last);
        }
        long[] sizes = dims.stream().mapToLong(Dim::value).toArray();
        call.elements(value.pick(sizes, to -> {
            int[] from = new int[rank];
            Arrays.setAll(from, axis -> first[axis] + to[axis] * step[axis]);
            return from;
        }));
    }
}
