package io.millrace.onnx.operator;

import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Part;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Pad, and its opposites Crop and CenterCropPad: more or less room around the data. */
final class Pad {
    private static final Setting PADS = new Setting("pads", 1, 11);
    private static final Setting VALUE = new Setting("value", 2, 11);
    private static final Setting AXES = Setting.input("axes", 3);

    private Pad() {}

    static void declare() {
        Operators.standard("Pad")
                .shape(Pad::shape)
                .channels(Pad::follow)
                .zeroIf(site -> site.keepsZero(0) && padsWithZero(site))
                .settings(PADS, VALUE, AXES);
        Operators.standard("Crop").shape(Pad::cropShape);
        Operators.standard("CenterCropPad").shape(Pad::centerShape);
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        int rank = x.rank();
        long[] old = call.attribute("paddings", (long[]) null);
        Dim[] pads = old != null ? Arrays.stream(old).mapToObj(Dim::of).toArray(Dim[]::new) : call.elements(PADS);
        if (pads == null) {
            throw new UninferableException("its pads are known only when the model runs");
        }
        int[] axes = new int[pads.length / 2];
        long[] chosen = call.longs(AXES);
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
    private static void cropShape(Call call) {
        Shape x = call.in(0);
        long[] border = call.attribute("border", new long[4]);
        long[] scale = call.attribute("scale", (long[]) null);
        boolean scaled = scale != null && scale.length == 2;
        Dim height = scaled ? Dim.of(scale[0]) : x.dim(2).plus(-border[1] - border[3]);
        Dim width = scaled ? Dim.of(scale[1]) : x.dim(3).plus(-border[0] - border[2]);
        call.out(x.type(), List.of(x.dim(0), x.dim(1), height, width));
    }

    private static void centerShape(Call call) {
        Shape x = call.in(0);
        Dim[] target = call.value(1)
                .map(v -> v.elements())
                .orElseThrow(() -> new UninferableException("its shape is known only when the model runs"));
        long[] axes = call.attribute("axes", (long[]) null);
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = 0; i < target.length; i++) {
            int axis = axes == null ? i : Call.axis(axes[i], x.rank());
            dims.set(axis, target[i] == null ? call.fresh(0, axis) : target[i]);
        }
        call.out(x.type(), dims);
    }

    private static void follow(Site site) {
        int rank = site.rank(0);
        long[] amounts = site.longs(PADS);
        long[] axes = site.longs(AXES);
        boolean known = amounts != null && !site.isComputed(AXES);
        boolean constant = site.node().stringAttribute("mode", "constant").equals("constant");
        Layout layout = site.layout(0);
        for (int axis = 0; axis < rank; axis++) {
            int k = axis;
            int at = axes == null ? axis : Site.indexOf(axes, axis, rank);
            Part part = layout.on(axis);
            if (part == null || known && at < 0) {
                continue;
            }
            long before = known ? amounts[at] : -1;
            long after = known ? amounts[at + amounts.length / 2] : -1;
            if (before == 0 && after == 0) {
                continue;
            }
            layout = before < 0 || after < 0 || !constant || part.isJoint()
                    ? site.seal(layout, other -> other == k, "is padded by " + site.label())
                    : layout.only(other -> other != k).plus(padded(site, part, (int) before, (int) after));
        }
        site.give(layout);
    }

    private static Part padded(Site site, Part part, int before, int after) {
        int size = part.ids().length;
        int[] padding = site.fixed(before + after, "is padding of " + site.label());
        int[] ids = new int[size + padding.length];
        System.arraycopy(padding, 0, ids, 0, before);
        System.arraycopy(part.ids(), 0, ids, before, size);
        System.arraycopy(padding, before, ids, before + size, after);
        return Part.of(part.axes()[0], ids);
    }

    private static boolean padsWithZero(NodeView site) {
        if (!site.has(VALUE.input())) {
            return site.node().floatAttribute(VALUE.attribute(), 0) == 0;
        }
        return site.tensor(VALUE.input())
                .filter(tensor -> tensor.floats()[0] == 0)
                .isPresent();
    }
}
