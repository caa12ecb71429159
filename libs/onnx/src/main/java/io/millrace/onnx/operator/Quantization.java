package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.shape.Call;
import java.util.List;

/** Operators between floats and integers that stand for them. */
final class Quantization {
    private Quantization() {}

    static void declare() {
        Operators.standard("QuantizeLinear")
                .shape(Quantization::quantizedShape)
                .channels(Quantization::follow)
                .presents()
                .scales(1);
        Operators.standard("DequantizeLinear")
                .shape(Quantization::dequantizedShape)
                .channels(Quantization::follow)
                .presents()
                .integers(0)
                .scales(1);
        Operators.standard("DynamicQuantizeLinear").shape(call -> {
            call.out(ElementType.UINT8, call.in(0).dims());
            call.out(1, ElementType.FLOAT, List.of());
            call.out(2, ElementType.UINT8, List.of());
        });
    }

    private static void quantizedShape(Call call) {
        long code = call.attribute("output_dtype", 0);
        ElementType type =
                call.given(2) ? call.in(2).type() : code == 0 ? ElementType.UINT8 : ElementType.of((int) code);
        call.out(type, call.in(0).dims());
    }

    private static void dequantizedShape(Call call) {
        long code = call.attribute("output_dtype", 0);
        call.out(
                code == 0 ? call.in(1).type() : ElementType.of((int) code),
                call.in(0).dims());
    }

    private static void follow(Site site) {
        site.freezeAll("feeds " + site.label() + ": the network is quantized already");
    }
}
