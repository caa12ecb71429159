package io.millrace.onnx.shape;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A dimension, or an element of a tensor from which dimensions are made: a number, or a polynomial in symbols such as
 * {@code 49*batch} or {@code height - 2}. Equal polynomials are equal dimensions. What is no polynomial (a rounded
 * division, a minimum) becomes a symbol named after its formula, so that the same formula is the same dimension again.
 * Whole numbers are exact up to 2^53.
 */
public final class Dim {
    private static final List<String> UNIT = List.of();

    /** Factor by monomial; a monomial is its sorted symbols, none for the constant term. No factor is 0. */
    private final Map<List<String>, Double> terms;

    private Dim(Map<List<String>, Double> terms) {
        this.terms = terms;
    }

    /** A known number. */
    public static Dim of(long value) {
        return ofReal(value);
    }

    static Dim ofReal(double value) {
        return new Dim(value == 0 ? Map.of() : Map.of(UNIT, value));
    }

    /** A size that is not known before the model runs. */
    public static Dim symbol(String name) {
        return new Dim(Map.of(List.of(name), 1.0));
    }

    /** Whether this is a number. */
    public boolean known() {
        return terms.isEmpty() || terms.size() == 1 && terms.containsKey(UNIT);
    }

    /** Whether this is the given number. */
    public boolean is(long number) {
        return known() && real() == number;
    }

    /**
     * The number.
     *
     * @throws IllegalStateException if it is not {@linkplain #known() known}
     */
    public long value() {
        return (long) real();
    }

    /** Whether this is more than 0 for all sizes of its symbols, which are taken to be at least 1. */
    boolean positive() {
        double least = 0;
        for (Map.Entry<List<String>, Double> term : terms.entrySet()) {
            if (term.getValue() < 0 && !term.getKey().isEmpty()) {
                return false;
            }
            least += term.getValue();
        }
        return least > 0;
    }

    double real() {
        if (!known()) {
            throw new IllegalStateException("dimension " + this + " is not known");
        }
        return terms.getOrDefault(UNIT, 0.0);
    }

    /** The symbol or formula of an unknown size, the digits of a known one. */
    public String symbol() {
        return toString();
    }

    /** The value where every symbol stands for {@code number}. */
    public long sized(long number) {
        double sum = 0;
        for (Map.Entry<List<String>, Double> term : terms.entrySet()) {
            sum += term.getValue() * Math.pow(number, term.getKey().size());
        }
        return (long) sum;
    }

    Dim plus(Dim other) {
        Map<List<String>, Double> sum = new HashMap<>(terms);
        other.terms.forEach((monomial, factor) -> sum.merge(monomial, factor, Double::sum));
        return ofTerms(sum);
    }

    Dim plus(long number) {
        return plus(of(number));
    }

    Dim minus(Dim other) {
        return plus(other.times(-1));
    }

    Dim times(double factor) {
        return times(ofReal(factor));
    }

    /** The product. */
    public Dim times(Dim other) {
        Map<List<String>, Double> product = new HashMap<>();
        terms.forEach((left, a) -> other.terms.forEach((right, b) -> {
            List<String> monomial = new ArrayList<>(left);
            monomial.addAll(right);
            Collections.sort(monomial);
            product.merge(List.copyOf(monomial), a * b, Double::sum);
        }));
        return ofTerms(product);
    }

    /** The exact quotient where there is one, else the formula of the rounded one. */
    Dim over(Dim divisor) {
        if (equals(divisor)) {
            return of(1);
        }
        if (divisor.terms.size() == 1) {
            Map.Entry<List<String>, Double> by =
                    divisor.terms.entrySet().iterator().next();
            Map<List<String>, Double> quotient = new HashMap<>();
            for (Map.Entry<List<String>, Double> term : terms.entrySet()) {
                List<String> left = new ArrayList<>(term.getKey());
                boolean divides = term.getValue() % by.getValue() == 0;
                for (String symbol : by.getKey()) {
                    divides &= left.remove(symbol);
                }
                if (!divides) {
                    return known() && divisor.known()
                            ? ofReal(Math.floor(real() / divisor.real()))
                            : symbol("floor((" + this + ")/(" + divisor + "))");
                }
                quotient.put(List.copyOf(left), term.getValue() / by.getValue());
            }
            return ofTerms(quotient);
        }
        if (divisor.terms.isEmpty()) {
            throw new UninferableException("division by zero");
        }
        return symbol("floor((" + this + ")/(" + divisor + "))");
    }

    /** The largest whole number that is not larger. */
    Dim floor() {
        if (known()) {
            return ofReal(Math.floor(real()));
        }
        boolean whole = terms.values().stream().allMatch(factor -> factor == Math.rint(factor));
        return whole ? this : symbol("floor(" + this + ")");
    }

    Dim min(Dim other) {
        Dim difference = minus(other);
        if (difference.known()) {
            return difference.real() <= 0 ? this : other;
        }
        return symbol("min(" + this + ", " + other + ")");
    }

    private static Dim ofTerms(Map<List<String>, Double> terms) {
        terms.values().removeIf(factor -> factor == 0);
        return new Dim(Map.copyOf(terms));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Dim dim && dim.terms.equals(terms);
    }

    @Override
    public int hashCode() {
        return terms.hashCode();
    }

    @Override
    public String toString() {
        Map<String, String> sorted = new TreeMap<>();
        terms.forEach((monomial, factor) -> {
            String number = factor == Math.rint(factor) ? String.valueOf(factor.longValue()) : factor.toString();
            String symbols = String.join("*", monomial);
            // The constant term last: '~' sorts behind names.
            sorted.put(
                    monomial.isEmpty() ? "~" : symbols,
                    monomial.isEmpty() ? number : factor == 1 ? symbols : number + "*" + symbols);
        });
        return sorted.isEmpty()
                ? "0"
                : sorted.values().stream().collect(Collectors.joining(" + ")).replace("+ -", "- ");
    }
}
