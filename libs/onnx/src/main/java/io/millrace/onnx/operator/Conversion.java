package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Value;

/** The same elements in another type, or in training with some of them dropped. */
final class Conversion {
    private Conversion() {}

    static void declare() {
        Operators.standard("Cast")
                .shape(Conversion::castShape)
                .channels(Activation::follow)
                .zeroWithFirst()
                .presents()
                .elementwise();
        Operators.standard("CastLike")
                .shape(call -> call.out(call.in(1).type(), call.in(0).dims()))
                .channels(Activation::follow)
                .zeroWithFirst()
                .holdsOnlyFirst()
                .presents()
                .elementwise();
        Operators.standard("Dropout")
                .shape(Conversion::dropoutShape)
                .channels(Activation::follow)
                .zeroWithFirst()
                .settings(new Setting("ratio", 1, 12))
                .quantization(QuantizationRule.FLOAT.scales())
                .elementwise();
    }

    private static void castShape(Call call) {
        ElementType to = ElementType.of((int) call.attribute("to", 0));
        call.out(to, call.in(0).dims());
        if (to == ElementType.BOOL) {
            NumberFunction.elements(call, Comparison::truth);
        } else if (to.isFloatingPoint()) {
            NumberFunction.elements(call, e -> e);
        } else if (Value.isInteger(to)) {
            NumberFunction.elements(call, Conversion::truncated);
        }
    }

    private static Dim truncated(Dim element) {
        return element.known() && element.real() < 0 ? Dim.ofReal(Math.ceil(element.real())) : element.floor();
    }

    private static void dropoutShape(Call call) {
        call.outAsIn();
        ElementType mask = call.opset() < 10 ? call.in(0).type() : ElementType.BOOL;
        call.out(1, mask, call.in(0).dims());
    }
}
