package io.millrace.onnx.shape;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A dimension, or an element of a tensor from which dimensions are made: a number, or a polynomial in symbols such as
 * {@code 49*batch} or {@code height - 2}. Equal polynomials are equal dimensions. What is no polynomial (a rounded
 * division, a minimum) becomes a symbol named after its formula, so that the same formula is the same dimension again.
 * Whole numbers are exact up to 2^53.
 */
public final class Dim {
    private static final List<String> UNIT = List.of();
    private static final Dim[] SMALL = new Dim[1025];

    static {
        for (int i = 0; i < SMALL.length; i++) {
            SMALL[i] = new Dim(i, null);
        }
    }

    /** The value of a plain number; nearly every dimension is one. */
    private final double number;

    /** Factor by monomial; a monomial is its sorted symbols, none for the constant term. {@code null} for a number. */
    private final Map<List<String>, Double> terms;

    private String text;

    private Dim(double number, Map<List<String>, Double> terms) {
        this.number = number;
        this.terms = terms;
    }

    /**
     * {@return a known number}
     *
     * @param value a number of elements, or an element of a small tensor
     */
    public static Dim of(long value) {
        return value >= 0 && value < SMALL.length ? SMALL[(int) value] : new Dim(value, null);
    }

    /**
     * {@return a known number, which may be a fraction}
     *
     * @param value a number, whole or not
     */
    public static Dim ofReal(double value) {
        // No negative zero: it is the same dimension as zero.
        return new Dim(value + 0.0, null);
    }

    /**
     * {@return a size that is not known before the model runs}
     *
     * @param name of the symbol
     */
    public static Dim symbol(String name) {
        return new Dim(0, Map.of(List.of(name), 1.0));
    }

    /** {@return whether this is a number} */
    public boolean known() {
        return terms == null;
    }

    /**
     * {@return whether this is the given number}
     *
     * @param value a whole number
     */
    public boolean is(long value) {
        return terms == null && number == value;
    }

    /**
     * {@return the number}
     *
     * @throws IllegalStateException if it is not {@linkplain #known() known}
     */
    public long value() {
        return (long) real();
    }

    /** {@return whether this is more than 0 for all sizes of its symbols, which are taken to be at least 1} */
    public boolean positive() {
        if (terms == null) {
            return number > 0;
        }
        double least = 0;
        for (Map.Entry<List<String>, Double> term : terms.entrySet()) {
            if (term.getValue() < 0 && !term.getKey().isEmpty()) {
                return false;
            }
            least += term.getValue();
        }
        return least > 0;
    }

    /**
     * {@return the number, with its fraction if it has one}
     *
     * @throws IllegalStateException if it is not {@linkplain #known() known}
     */
    public double real() {
        if (terms != null) {
            throw new IllegalStateException("dimension " + this + " is not known");
        }
        return number;
    }

    /** {@return the symbol or formula of an unknown size, the digits of a known one} */
    public String symbol() {
        return toString();
    }

    /**
     * {@return the value where every symbol stands for {@code size}}
     *
     * @param size what each symbol stands for
     */
    public long sized(long size) {
        if (terms == null) {
            return (long) number;
        }
        double sum = 0;
        for (Map.Entry<List<String>, Double> term : terms.entrySet()) {
            sum += term.getValue() * Math.pow(size, term.getKey().size());
        }
        return (long) sum;
    }

    /**
     * {@return the sum, a polynomial where symbols are in it}
     *
     * @param other the other one
     */
    public Dim plus(Dim other) {
        if (terms == null && other.terms == null) {
            return ofReal(number + other.number);
        }
        Map<List<String>, Double> sum = new HashMap<>(terms());
        other.terms().forEach((monomial, factor) -> sum.merge(monomial, factor, Double::sum));
        return ofTerms(sum);
    }

    /**
     * {@return the sum, a polynomial where symbols are in it}
     *
     * @param value a whole number
     */
    public Dim plus(long value) {
        return plus(of(value));
    }

    /**
     * {@return the difference, a polynomial where symbols are in it}
     *
     * @param other the other one
     */
    public Dim minus(Dim other) {
        return plus(other.times(-1));
    }

    /**
     * {@return the product, a polynomial where symbols are in it}
     *
     * @param factor whole or not
     */
    public Dim times(double factor) {
        return times(ofReal(factor));
    }

    /**
     * {@return the product}
     *
     * @param other the other size
     */
    public Dim times(Dim other) {
        if (terms == null && other.terms == null) {
            return ofReal(number * other.number);
        }
        Map<List<String>, Double> product = new HashMap<>();
        Map<List<String>, Double> factors = other.terms();
        terms().forEach((left, a) -> factors.forEach((right, b) -> {
            List<String> monomial = new ArrayList<>(left);
            monomial.addAll(right);
            Collections.sort(monomial);
            product.merge(List.copyOf(monomial), a * b, Double::sum);
        }));
        return ofTerms(product);
    }

    /**
     * {@return the exact quotient where there is one, else the formula of the rounded one}
     *
     * @param divisor any size but 0
     */
    public Dim over(Dim divisor) {
        if (divisor.is(0)) {
            throw new UninferableException("division by zero");
        }
        if (terms == null && divisor.terms == null) {
            return ofReal(Math.floor(number / divisor.number));
        }
        if (equals(divisor)) {
            return of(1);
        }
        Dim exact = divisor.terms().size() == 1 ? exactQuotient(divisor) : null;
        return exact != null ? exact : symbol("floor((" + this + ")/(" + divisor + "))");
    }

    /** The quotient by a single term, {@code null} if it is no polynomial with whole factors. */
    private Dim exactQuotient(Dim divisor) {
        Map.Entry<List<String>, Double> by =
                divisor.terms().entrySet().iterator().next();
        Map<List<String>, Double> quotient = new HashMap<>();
        for (Map.Entry<List<String>, Double> term : terms().entrySet()) {
            List<String> left = new ArrayList<>(term.getKey());
            boolean divides = term.getValue() % by.getValue() == 0;
            for (String symbol : by.getKey()) {
                divides &= left.remove(symbol);
            }
            if (!divides) {
                return null;
            }
            quotient.put(List.copyOf(left), term.getValue() / by.getValue());
        }
        return ofTerms(quotient);
    }

    /** {@return the largest whole number that is not larger} */
    public Dim floor() {
        if (terms == null) {
            return ofReal(Math.floor(number));
        }
        boolean whole = terms.values().stream().allMatch(factor -> factor == Math.rint(factor));
        return whole ? this : symbol("floor(" + this + ")");
    }

    /**
     * {@return the smaller one, or its formula where it is not known which that is}
     *
     * @param other the other one
     */
    public Dim min(Dim other) {
        Dim difference = minus(other);
        return difference.known() ? difference.number <= 0 ? this : other : symbol("min(" + this + ", " + other + ")");
    }

    /** How long the formula is that stands for this; 0 for a number. */
    int length() {
        return terms == null ? 0 : toString().length();
    }

    private Map<List<String>, Double> terms() {
        return terms != null ? terms : number == 0 ? Map.of() : Map.of(UNIT, number);
    }

    private static Dim ofTerms(Map<List<String>, Double> terms) {
        terms.values().removeIf(factor -> factor == 0);
        if (terms.isEmpty()) {
            return of(0);
        }
        return terms.size() == 1 && terms.containsKey(UNIT) ? ofReal(terms.get(UNIT)) : new Dim(0, Map.copyOf(terms));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Dim dim
                && (terms == null ? dim.terms == null && number == dim.number : terms.equals(dim.terms));
    }

    @Override
    public int hashCode() {
        return terms == null ? Double.hashCode(number) : terms.hashCode();
    }

    @Override
    public String toString() {
        if (text == null) {
            text = terms == null ? Formula.text(number) : Formula.of(terms);
        }
        return text;
    }
}
