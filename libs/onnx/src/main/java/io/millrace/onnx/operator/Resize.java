package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.NodeCut.Computed;
import io.millrace.onnx.channels.NodeCut.Fixed;
import io.millrace.onnx.channels.NodeCut.Size;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.List;

/** Resize and Upsample: to sizes, or by scales. */
final class Resize {
    private static final int SIZES = 3;

    private Resize() {}

    static void declare() {
        Operators.standard("Upsample")
                .shape(call -> scale(call, 1))
                .channels(Resize::follow)
                .zeroWithFirst()
                .settings(new Setting("scales", 1, 9));
        Operators.standard("Resize")
                .shape(Resize::shape)
                .channels(Resize::follow)
                .cut(Resize::cut)
                .zeroWithFirst()
                .quantization(QuantizationRule.of(Form.MOVES)
                        .when((node, opset) -> opset >= 13
                                && node.stringAttribute("mode", "nearest").equals("nearest")));
    }

    private static void shape(Call call) {
        if (call.opset() < 11 && call.node().inputs().size() == 2) {
            scale(call, 1);
        } else if (call.given(SIZES)) {
            sizes(call);
        } else {
            scale(call, 2);
        }
    }

    private static void sizes(Call call) {
        if (!call.node().stringAttribute("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
            throw new UninferableException("Resize that keeps the aspect ratio is not known");
        }
        Shape x = call.in(0);
        Dim[] sizes = call.value(SIZES).map(Value::elements).orElse(new Dim[0]);
        long[] axes = call.attribute("axes", (long[]) null);
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = 0; i < (axes == null ? x.rank() : axes.length); i++) {
            int axis = axes == null ? i : Call.axis(axes[i], x.rank());
            dims.set(axis, sizes.length == 0 || sizes[i] == null ? call.fresh(0, axis) : sizes[i]);
        }
        call.out(x.type(), dims);
    }

    private static void scale(Call call, int input) {
        Shape x = call.in(0);
        Dim[] scales = call.node()
                .attribute("scales")
                .map(a -> a.getFloatsList().stream().map(Dim::ofReal).toArray(Dim[]::new))
                .orElseGet(() -> call.value(input).map(Value::elements).orElse(new Dim[0]));
        long[] axes = call.attribute("axes", (long[]) null);
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = 0; i < (axes == null ? x.rank() : axes.length); i++) {
            int axis = axes == null ? i : Call.axis(axes[i], x.rank());
            Dim scale = scales.length == 0 ? null : scales[i];
            dims.set(axis, scale == null ? call.fresh(0, axis) : scaled(x.dim(axis), scale));
        }
        call.out(x.type(), dims);
    }

    /** The size as runtimes compute it, in single precision: 20 times 1.3 is 26 there, though 1.3f is less than 1.3. */
    private static Dim scaled(Dim size, Dim scale) {
        return size.known() && scale.known()
                ? Dim.of((long) ((float) scale.real() * (float) size.value()))
                : size.times(scale).floor();
    }

    /** Axes that keep their size pass. */
    private static void follow(Site site) {
        List<Dim> in = site.shape(0);
        List<Dim> out = site.outShape(0);
        boolean cropped = site.node()
                .stringAttribute("coordinate_transformation_mode", "")
                .equals("tf_crop_and_resize");
        site.give(site.seal(0, axis -> cropped || !in.get(axis).equals(out.get(axis))));
    }

    private static Node cut(NodeCut cut) {
        if (!cut.has(SIZES)) {
            return cut.node();
        }
        int rank = cut.rank(0);
        long[] given = cut.tensor(SIZES).map(t -> t.longs()).orElse(null);
        long[] axes = cut.node().intsAttribute("axes", (long[]) null);
        List<Size> sizes = new ArrayList<>();
        boolean changed = false;
        for (int i = 0; i < (axes == null ? rank : axes.length); i++) {
            int axis = axes == null ? i : Math.floorMod((int) axes[i], rank);
            boolean fewer = cut.keptOutput(0, axis) != null;
            changed |= fewer;
            sizes.add(
                    fewer
                            ? new Fixed(cut.outSize(0, axis))
                            : given != null
                                    ? new Fixed(given[i])
                                    : new Computed(cut.node().input(SIZES), i));
        }
        return changed ? cut.node().withInput(SIZES, cut.vector(sizes)) : cut.node();
    }
}
