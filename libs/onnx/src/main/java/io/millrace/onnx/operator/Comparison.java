package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.shape.Dim;
import java.util.List;
import java.util.function.BinaryOperator;

/** Functions whose result is true or false, element by element, with broadcasting. */
final class Comparison {
    private static final Dim YES = Dim.of(1);
    private static final Dim NO = Dim.of(0);

    private Comparison() {}

    static void declare() {
        compare("Equal", (a, b) -> truth(a, b, 0, 0));
        compare("Less", (a, b) -> truth(a, b, -1, -1));
        compare("LessOrEqual", (a, b) -> truth(a, b, -1, 0));
        compare("Greater", (a, b) -> truth(a, b, 1, 1));
        compare("GreaterOrEqual", (a, b) -> truth(a, b, 0, 1));
        compare("And", (a, b) -> a.known() && b.known() ? a.min(b) : null);
        compare("Or", (a, b) -> a.known() && b.known() ? a.is(1) ? a : b : null);
        compare("Xor", (a, b) -> a.known() && b.known() ? (a.equals(b) ? NO : YES) : null);
        for (String name : List.of("IsNaN", "IsInf")) {
            Operators.standard(name)
                    .shape(call -> call.out(ElementType.BOOL, call.in(0).dims()))
                    .channels(Activation::follow)
                    .elementwise();
        }
    }

    private static void compare(String name, BinaryOperator<Dim> function) {
        Operators.standard(name)
                .shape(call -> Arithmetic.combine(call, ElementType.BOOL, function))
                .channels(Arithmetic::follow);
    }

    /** Whether the sign of a - b lies between two signs; {@code null} where it cannot be told. */
    static Dim truth(Dim a, Dim b, int from, int to) {
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

    /** Whether an element is true, which every number but zero is; {@code null} where it cannot be told. */
    static Dim truth(Dim element) {
        Dim zero = truth(element, NO, 0, 0);
        return zero == null ? null : zero.is(1) ? NO : YES;
    }
}
