package io.millrace.onnx.shape;

import io.millrace.onnx.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** Operators that work element by element, with broadcasting where they have several operands. */
final class ElementwiseRules {
    private static final Dim YES = Dim.of(1);
    private static final Dim NO = Dim.of(0);

    private ElementwiseRules() {}

    static void register(Map<String, Rule> rules) {
        for (String op : ("Acos Acosh Asin Asinh Atan Atanh BitwiseNot Celu Clip Cos Cosh CumSum Elu Erf Exp Gelu "
                        + "HardSigmoid HardSwish Hardmax ImageScaler LRN LeakyRelu Log LogSoftmax LpNormalization "
                        + "MeanVarianceNormalization Mish Relu Selu Shrink Sigmoid Sign Sin Sinh Softmax "
                        + "Softplus Softsign Swish Tan Tanh ThresholdedRelu Trilu Affine ParametricSoftplus Scale "
                        + "ScaledTanh GroupNormalization RotaryEmbedding ScatterElements "
                        + "ScatterND Scatter QuickGelu FastGelu BiasGelu QLinearSigmoid QLinearLeakyRelu "
                        + "QLinearSoftmax RMSNormalization SimplifiedLayerNormalization Reciprocal TensorScatter")
                .split(" ")) {
            rules.put(op, ElementwiseRules::unary);
        }
        unary(rules, "Identity", e -> e);
        unary(rules, "Neg", e -> e.times(-1));
        unary(rules, "Abs", e -> e.known() ? Dim.ofReal(Math.abs(e.real())) : e.positive() ? e : null);
        unary(rules, "Floor", Dim::floor);
        unary(rules, "Ceil", e -> e.times(-1).floor().times(-1));
        unary(rules, "Round", e -> e.known() ? Dim.ofReal(Math.rint(e.real())) : null);
        unary(rules, "Sqrt", e -> e.known() ? Dim.ofReal(Math.sqrt(e.real())) : null);
        unary(rules, "Not", e -> e.known() ? Dim.of(1 - e.value()) : null);

        binary(rules, "Add", Dim::plus);
        binary(rules, "Sum", Dim::plus);
        binary(rules, "Sub", Dim::minus);
        binary(rules, "Mul", Dim::times);
        binary(rules, "Min", Dim::min);
        binary(rules, "Max", (a, b) -> a.times(-1).min(b.times(-1)).times(-1));
        binary(rules, "Pow", (a, b) -> a.known() && b.known() ? Dim.ofReal(Math.pow(a.real(), b.real())) : null);
        for (String op : List.of("Mean", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor")) {
            binary(rules, op, (a, b) -> null);
        }
        rules.put("Div", ElementwiseRules::divide);
        rules.put("Mod", ElementwiseRules::remainder);
        compare(rules, "Equal", (a, b) -> truth(a, b, 0, 0));
        compare(rules, "Less", (a, b) -> truth(a, b, -1, -1));
        compare(rules, "LessOrEqual", (a, b) -> truth(a, b, -1, 0));
        compare(rules, "Greater", (a, b) -> truth(a, b, 1, 1));
        compare(rules, "GreaterOrEqual", (a, b) -> truth(a, b, 0, 1));
        compare(rules, "And", (a, b) -> a.known() && b.known() ? a.min(b) : null);
        compare(rules, "Or", (a, b) -> a.known() && b.known() ? a.is(1) ? a : b : null);
        compare(rules, "Xor", (a, b) -> a.known() && b.known() ? (a.equals(b) ? NO : YES) : null);
        for (String op : List.of("IsNaN", "IsInf")) {
            rules.put(op, call -> call.out(ElementType.BOOL, call.in(0).dims()));
        }
        rules.put("PRelu", call -> {
            Broadcast.dims(call, List.of(call.in(0).dims(), call.in(1).dims()));
            unary(call);
        });
        rules.put("Where", ElementwiseRules::where);
        rules.put("Cast", ElementwiseRules::cast);
        rules.put("CastLike", call -> call.out(call.in(1).type(), call.in(0).dims()));
        rules.put("QLinearAdd", ElementwiseRules::quantized);
        rules.put("QLinearMul", ElementwiseRules::quantized);
    }

    private static void unary(Call call) {
        call.out(call.in(0).type(), call.in(0).dims());
    }

    private static void unary(Map<String, Rule> rules, String op, UnaryOperator<Dim> function) {
        rules.put(op, call -> {
            unary(call);
            call.value(0).ifPresent(value -> call.elements(map(value, function)));
        });
    }

    private static Value map(Value value, UnaryOperator<Dim> function) {
        return new Value(
                value.dims(),
                Arrays.stream(value.elements())
                        .map(e -> e == null ? null : function.apply(e))
                        .toArray(Dim[]::new));
    }

    private static void binary(Map<String, Rule> rules, String op, BinaryOperator<Dim> function) {
        rules.put(op, call -> combine(call, call.in(0).type(), function));
    }

    private static void compare(Map<String, Rule> rules, String op, BinaryOperator<Dim> function) {
        rules.put(op, call -> combine(call, ElementType.BOOL, function));
    }

    private static void combine(Call call, ElementType type, BinaryOperator<Dim> function) {
        List<List<Dim>> operands = new ArrayList<>();
        Value result = null;
        boolean followed = true;
        for (int i = 0; i < call.node().inputs().size(); i++) {
            operands.add(call.in(i).dims());
            Value operand = call.value(i).orElse(null);
            followed &= operand != null;
            if (followed) {
                result = i == 0
                        ? operand
                        : Broadcast.apply(
                                result, operand, (a, b) -> a == null || b == null ? null : function.apply(a, b));
            }
        }
        call.out(type, Broadcast.dims(call, operands));
        if (followed && result != null) {
            call.elements(result);
        }
    }

    private static void divide(Call call) {
        boolean real = call.in(0).type().isFloatingPoint();
        combine(call, call.in(0).type(), (a, b) -> {
            if (b.is(0)) {
                return null;
            }
            if (a.known() && b.known()) {
                double quotient = a.real() / b.real();
                return Dim.ofReal(real ? quotient : quotient < 0 ? Math.ceil(quotient) : Math.floor(quotient));
            }
            return real ? b.known() ? a.times(1 / b.real()) : null : a.over(b);
        });
    }

    private static void remainder(Call call) {
        boolean truncated = call.attribute("fmod", 0) == 1;
        combine(call, call.in(0).type(), (a, b) -> {
            if (!a.known() || !b.known() || b.is(0)) {
                return null;
            }
            double remainder = a.real() % b.real();
            boolean shift = !truncated && remainder != 0 && remainder < 0 != b.real() < 0;
            return Dim.ofReal(shift ? remainder + b.real() : remainder);
        });
    }

    /** Whether the sign of a - b lies between two signs; {@code null} where it cannot be told. */
    private static Dim truth(Dim a, Dim b, int from, int to) {
        Dim difference = a.minus(b);
        double sign;
        if (difference.known()) {
            sign = Math.signum(difference.real());
        } else if (difference.positive()) {
            sign = 1;
        } else if (difference.times(-1).positive()) {
            sign = -1;
        } else {
            return null;
        }
        return sign >= from && sign <= to ? YES : NO;
    }

    private static void where(Call call) {
        call.out(
                call.in(1).type(),
                Broadcast.dims(
                        call,
                        List.of(call.in(0).dims(), call.in(1).dims(), call.in(2).dims())));
        if (call.value(0).isEmpty() || call.value(1).isEmpty() || call.value(2).isEmpty()) {
            return;
        }
        Value condition = call.value(0).get();
        Value yes = Broadcast.apply(condition, call.value(1).get(), (c, v) -> c != null && c.is(1) ? v : null);
        Value no = Broadcast.apply(condition, call.value(2).get(), (c, v) -> c != null && c.is(0) ? v : null);
        call.elements(Broadcast.apply(yes, no, (a, b) -> a != null ? a : b));
    }

    private static void cast(Call call) {
        ElementType to = ElementType.of((int) call.attribute("to", 0));
        call.out(to, call.in(0).dims());
        if (to == ElementType.BOOL) {
            call.value(0)
                    .ifPresent(value ->
                            call.elements(map(value, e -> truth(e, NO, 0, 0) == null ? null : e.is(0) ? NO : YES)));
        } else if (to.isFloatingPoint() || Value.isInteger(to)) {
            boolean integer = !to.isFloatingPoint();
            call.value(0).ifPresent(value -> call.elements(map(value, e -> integer ? truncated(e) : e)));
        }
    }

    private static Dim truncated(Dim element) {
        return element.known() && element.real() < 0 ? Dim.ofReal(Math.ceil(element.real())) : element.floor();
    }

    private static void quantized(Call call) {
        call.out(
                call.in(0).type(),
                Broadcast.dims(call, List.of(call.in(0).dims(), call.in(3).dims())));
    }
}
