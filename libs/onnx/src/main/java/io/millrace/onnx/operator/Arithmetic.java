package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Broadcast;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;

/** Functions of several tensors that meet element by element, with broadcasting. */
final class Arithmetic {
    private Arithmetic() {}

    static void declare() {
        sum("Add", Dim::plus).quantization(QuantizationRule.of(Form.OPERANDS));
        sum("Sum", Dim::plus);
        sum("Sub", Dim::minus);
        function("Mul", Dim::times)
                .channels(Arithmetic::follow)
                .zeroIf(Arithmetic::factorIsZero)
                .quantization(QuantizationRule.of(Form.OPERANDS));
        function("Min", Dim::min).channels(Arithmetic::follow).zeroIf(site -> allZero(site, false));
        function("Max", (a, b) -> a.times(-1).min(b.times(-1)).times(-1))
                .channels(Arithmetic::follow)
                .zeroIf(site -> allZero(site, false));
        function("Pow", (a, b) -> a.known() && b.known() ? Dim.ofReal(Math.pow(a.real(), b.real())) : null)
                .channels(Arithmetic::follow);
        function("Mean", (a, b) -> null).channels(Arithmetic::follow);
        for (String name : List.of("BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor")) {
            function(name, (a, b) -> null);
        }
        Operators.standard("Div")
                .shape(Arithmetic::divide)
                .channels(Arithmetic::follow)
                .zeroIf(site -> site.keepsZero(0) && Zeros.covers(site, 0));
        Operators.standard("Mod").shape(Arithmetic::remainder).channels(Arithmetic::follow);
        Operators.standard("Where")
                .shape(Arithmetic::whereShape)
                .channels(Arithmetic::follow)
                .zeroIf(site ->
                        Zeros.covers(site, 1) && Zeros.covers(site, 2) && site.keepsZero(1) && site.keepsZero(2));
        for (String name : List.of("QLinearAdd", "QLinearMul")) {
            Operators.runtime(name)
                    .shape(call -> call.out(
                            call.in(0).type(),
                            Broadcast.dims(
                                    call, List.of(call.in(0).dims(), call.in(3).dims()))));
        }
    }

    private static Operator function(String name, BinaryOperator<Dim> function) {
        return Operators.standard(name).shape(call -> combine(call, call.in(0).type(), function));
    }

    /** A stored summand is a bias: zero for a channel whose rows are zero. */
    private static Operator sum(String name, BinaryOperator<Dim> function) {
        return function(name, function).channels(Arithmetic::followSum).zeroIf(Arithmetic::sumIsZero);
    }

    static void followSum(Site site) {
        IntStream.range(0, site.inputs()).filter(site::isStored).forEach(site::markRows);
        follow(site);
    }

    static boolean sumIsZero(NodeView site) {
        return allZero(site, true);
    }

    static void follow(Site site) {
        int rank = site.outShape(0).size();
        site.give(site.unite(rank, site.operands(0, rank)));
    }

    private static boolean allZero(NodeView site, boolean stored) {
        return IntStream.range(0, site.inputs())
                .allMatch(i -> Zeros.covers(site, i) && (stored ? Zeros.canBe(site, i) : site.keepsZero(i)));
    }

    private static boolean factorIsZero(NodeView site) {
        List<Integer> zeros =
                IntStream.range(0, 2).filter(site::keepsZero).boxed().toList();
        return zeros.size() == 2 || zeros.size() == 1 && Zeros.covers(site, zeros.get(0));
    }

    static void combine(Call call, ElementType type, BinaryOperator<Dim> function) {
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

    private static void whereShape(Call call) {
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
}
