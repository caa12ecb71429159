package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.Part;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What lies between two bounds of each axis; negative bounds count from the end. */
final class Slicing {
    private static final Setting STARTS = new Setting("starts", 1, 10);
    private static final Setting ENDS = new Setting("ends", 2, 10);
    private static final Setting AXES = new Setting("axes", 3, 10);
    private static final Setting STEPS = Setting.input("steps", 4);

    private Slicing() {}

    static void declare() {
        Operators.standard("Slice")
                .shape(Slicing::shape)
                .channels(Slicing::follow)
                .cut(Slicing::cut)
                .zeroWithFirst()
                .quantization(QuantizationRule.of(Form.MOVES))
                .settings(STARTS, ENDS, AXES, STEPS);
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        Dim[] starts = call.elements(STARTS);
        Dim[] ends = call.elements(ENDS);
        long[] axes = call.longs(AXES);
        long[] steps = call.longs(STEPS);
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

    private static void follow(Site site) {
        int rank = site.rank(0);
        long[] starts = site.longs(STARTS);
        long[] ends = site.longs(ENDS);
        long[] axes = site.longs(AXES);
        boolean allAxes = axes == null && !site.has(AXES.input());
        long[] steps = site.longs(STEPS);
        boolean stepped = site.has(STEPS.input());
        Layout layout = site.layout(0);
        for (int axis = 0; axis < rank; axis++) {
            int at = allAxes ? axis : axes == null ? -1 : Site.indexOf(axes, axis, rank);
            boolean untouched = allAxes ? starts != null && axis >= starts.length : axes != null && at < 0;
            Part part = layout.on(axis);
            if (part == null || untouched) {
                continue;
            }
            long step = stepped ? (steps == null || at < 0 ? 0 : steps[at]) : 1;
            if (starts == null || ends == null || at < 0 || step != 1) {
                int mixed = axis;
                String why = step == 1 ? ", whose bounds are computed" : ", which skips channels";
                layout = site.seal(layout, other -> other == mixed, "feeds " + site.label() + why);
                continue;
            }
            int size = part.size(axis);
            int start = Site.bound(starts[at], size);
            int end = Math.max(start, Site.bound(ends[at], size));
            Part chosen =
                    part.select(part.index(axis), IntStream.range(start, end).toArray());
            Layout others = layout.only(other -> other != part.axes()[0]);
            layout = chosen.ids().length == 0 ? others : others.plus(site.simplified(chosen));
        }
        site.give(layout);
    }

    private static Node cut(NodeCut cut) {
        int rank = cut.rank(0);
        long[] axes = cut.longs(AXES);
        long[] starts = cut.longs(STARTS);
        long[] ends = cut.longs(ENDS);
        if (starts == null || ends == null) {
            return cut.node();
        }
        long[] newStarts = starts.clone();
        long[] newEnds = ends.clone();
        for (int i = 0; i < starts.length; i++) {
            int axis = axes == null ? i : Math.floorMod((int) axes[i], rank);
            int[] kept = cut.kept(0, axis);
            if (kept != null) {
                int size = (int) cut.dims(0)[axis];
                newStarts[i] = NodeCut.below(kept, Site.bound(starts[i], size));
                newEnds[i] = NodeCut.below(kept, Site.bound(ends[i], size));
            }
        }
        if (Arrays.equals(starts, newStarts) && Arrays.equals(ends, newEnds)) {
            return cut.node();
        }
        return cut.with(cut.with(cut.node(), STARTS, newStarts), ENDS, newEnds);
    }
}
