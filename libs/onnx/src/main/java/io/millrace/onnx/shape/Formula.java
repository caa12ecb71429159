package io.millrace.onnx.shape;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes polynomials of sizes for people, equal ones equally. */
final class Formula {
    private Formula() {}

    static String text(double number) {
        return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
    }

    static String of(Map<List<String>, Double> terms) {
        Map<String, String> sorted = new TreeMap<>();
        terms.forEach((monomial, factor) -> {
            String symbols = String.join("*", monomial);
            // The constant term last: '~' sorts behind names.
            sorted.put(
                    monomial.isEmpty() ? "~" : symbols,
                    monomial.isEmpty() ? text(factor) : factor == 1 ? symbols : text(factor) + "*" + symbols);
        });
        return sorted.values().stream().collect(Collectors.joining(" + ")).replace("+ -", "- ");
    }
}
