package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import java.util.ArrayList;
import java.util.List;

/** Windows that slide over space, channel by channel, and windows as large as the whole of it. */
final class Pooling {
    private Pooling() {}

    static void declare() {
        for (String name : List.of("MaxPool", "AveragePool", "LpPool")) {
            Operators.standard(name)
                    .shape(Pooling::shape)
                    .channels(Pooling::follow)
                    .zeroWithFirst();
        }
        Operators.standard("MaxPool")
                .quantization(QuantizationRule.of(Form.MOVES)
                        .when((node, opset) -> opset >= 12 && node.outputs().size() == 1)
                        .scales());
        Operators.standard("AveragePool")
                .quantization(QuantizationRule.of(Form.ANY_INPUT).scales());
        for (String name : List.of("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")) {
            Operators.standard(name)
                    .shape(Pooling::globalShape)
                    .channels(Pooling::follow)
                    .zeroWithFirst();
        }
        Operators.standard("GlobalAveragePool")
                .quantization(QuantizationRule.of(Form.ANY_INPUT).scales());
        Operators.standard("GlobalMaxPool").quantization(QuantizationRule.FLOAT.scales());
        Operators.runtime("QLinearAveragePool").shape(Pooling::shape);
        Operators.runtime("QLinearGlobalAveragePool").shape(Pooling::globalShape);
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        long[] kernel = call.attribute("kernel_shape", (long[]) null);
        if (kernel == null) {
            throw new UninferableException("it has no kernel_shape");
        }
        Call.same(Dim.of(x.rank() - 2L), Dim.of(kernel.length), "axes of input and kernel");
        Window window = Window.of(call, kernel);
        boolean ceil = call.attribute("ceil_mode", 0) == 1;
        List<Dim> dims = new ArrayList<>(x.dims().subList(0, 2));
        for (int i = 0; i < window.rank(); i++) {
            dims.add(window.slide(x.dim(i + 2), i, ceil));
        }
        call.out(x.type(), dims);
        call.out(1, ElementType.INT64, dims);
    }

    private static void globalShape(Call call) {
        Shape x = call.in(0);
        List<Dim> dims = new ArrayList<>(x.dims().subList(0, 2));
        while (dims.size() < x.rank()) {
            dims.add(Dim.of(1));
        }
        call.out(x.type(), dims);
    }

    private static void follow(Site site) {
        if (site.outputs() > 1) {
            site.freeze(0, "feeds " + site.label() + ", whose indices count channels");
        }
        Layout passed = site.seal(0, axis -> axis >= 2);
        site.giveAll(passed);
    }
}
