package io.millrace.onnx.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Resize and Upsample: to sizes, or by scales. */
final class ResizeRules {
    private ResizeRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put("Upsample", call -> scale(call, 1));
        rules.put("Resize", ResizeRules::resize);
        rules.put("AffineGrid", ResizeRules::affineGrid);
        rules.put("GridSample", ResizeRules::gridSample);
        rules.put("RoiAlign", ResizeRules::regions);
        rules.put("MaxRoiPool", ResizeRules::regionPool);
    }

    private static void resize(Call call) {
        if (call.opset() < 11 && call.node().inputs().size() == 2) {
            scale(call, 1);
        } else if (call.given(3)) {
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
        Dim[] sizes = call.value(3).map(Value::elements).orElse(new Dim[0]);
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
            dims.set(
                    axis,
                    scale == null
                            ? call.fresh(0, axis)
                            : x.dim(axis).times(scale).floor());
        }
        call.out(x.type(), dims);
    }

    private static void affineGrid(Call call) {
        Dim[] size = call.value(1)
                .filter(Value::complete)
                .map(Value::elements)
                .orElseThrow(() -> new UninferableException("its size is known only when the model runs"));
        List<Dim> dims = new ArrayList<>(List.of(size));
        dims.remove(1);
        dims.add(Dim.of(size.length - 2));
        call.out(call.in(0).type(), dims);
    }

    private static void gridSample(Call call) {
        Shape grid = call.in(1);
        List<Dim> dims = new ArrayList<>(call.in(0).dims().subList(0, 2));
        dims.addAll(grid.dims().subList(1, grid.rank() - 1));
        call.out(call.in(0).type(), dims);
    }

    private static void regions(Call call) {
        call.out(
                call.in(0).type(),
                List.of(
                        call.in(1).dim(0),
                        call.in(0).dim(1),
                        Dim.of(call.attribute("output_height", 1)),
                        Dim.of(call.attribute("output_width", 1))));
    }

    private static void regionPool(Call call) {
        List<Dim> dims = new ArrayList<>(List.of(call.in(1).dim(0), call.in(0).dim(1)));
        for (long size : call.attribute("pooled_shape", new long[0])) {
            dims.add(Dim.of(size));
        }
        call.out(call.in(0).type(), dims);
    }
}
