package io.millrace.onnx.operator;

import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Value;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Functions of one tensor, element by element, that also compute sizes: what goes in as a known number comes out as one. */
final class NumberFunction {
    private NumberFunction() {}

    static void declare() {
        function("Identity", e -> e)
                .zeroWithFirst()
                .presents()
                .quantization(QuantizationRule.of(Form.MOVES).scales());
        function("Neg", e -> e.times(-1)).zeroWithFirst();
        function("Abs", e -> e.known() ? Dim.ofReal(Math.abs(e.real())) : e.positive() ? e : null)
                .zeroWithFirst();
        function("Floor", Dim::floor).zeroWithFirst();
        function("Ceil", e -> e.times(-1).floor().times(-1)).zeroWithFirst();
        function("Round", e -> e.known() ? Dim.ofReal(Math.rint(e.real())) : null)
                .zeroWithFirst();
        function("Sqrt", e -> e.known() ? Dim.ofReal(Math.sqrt(e.real())) : null)
                .zeroWithFirst();
        function("Not", e -> e.known() ? Dim.of(1 - e.value()) : null);
    }

    private static Operator function(String name, UnaryOperator<Dim> function) {
        return Operators.standard(name)
                .shape(call -> {
                    call.outAsIn();
                    elements(call, function);
                })
                .channels(Activation::follow)
                .elementwise();
    }

    /** Tells the elements of the output; where the function gives {@code null} one is not known. */
    static void elements(Call call, UnaryOperator<Dim> function) {
        call.value(0)
                .ifPresent(value -> call.elements(new Value(
                        value.dims(),
                        Arrays.stream(value.elements())
                                .map(e -> e == null ? null : function.apply(e))
                                .toArray(Dim[]::new))));
    }
}
