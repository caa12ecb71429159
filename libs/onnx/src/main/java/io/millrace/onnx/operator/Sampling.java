package io.millrace.onnx.operator;

import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.List;

/** Images sampled at points of a grid, or in regions. */
final class Sampling {
    private Sampling() {}

    static void declare() {
        Operators.standard("AffineGrid").shape(Sampling::grid);
        Operators.standard("GridSample").shape(Sampling::sample);
        Operators.standard("RoiAlign").shape(Sampling::regions);
        Operators.standard("MaxRoiPool").shape(Sampling::regionPool);
    }

    private static void grid(Call call) {
        Dim[] size = call.value(1)
                .filter(Value::complete)
                .map(Value::elements)
                .orElseThrow(() -> new UninferableException("its size is known only when the model runs"));
        List<Dim> dims = new ArrayList<>(List.of(size));
        dims.remove(1);
        dims.add(Dim.of(size.length - 2));
        call.out(call.in(0).type(), dims);
    }

    private static void sample(Call call) {
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
