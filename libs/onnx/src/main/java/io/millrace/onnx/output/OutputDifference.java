package io.millrace.onnx.output;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How far outputs are from those they must equal; the one judge of equality. Floating point counts by the largest
 * difference relative to the largest finite value of the same output; whole numbers count by the share that differs. NaN
 * equals NaN and an infinity equals itself, in the same place only. What is missing, surplus, or of another shape or type
 * differs without bound.
 */
public final class OutputDifference {
    /** Below this size an output is zero. */
    private static final double ZERO = 1e-12;

    /**
     * One output.
     *
     * @param relative as above; infinite where the outputs cannot be equal whatever the tolerance
     * @param words what differs, for people
     */
    public record Entry(String output, ElementType type, double relative, String words) {}

    private final List<Entry> entries = new ArrayList<>();

    private OutputDifference() {}

    /**
     * Compares by name.
     *
     * @param expected the outputs that must come, by name
     * @param actual the outputs that came, by name
     * @return the difference of each output
     */
    public static OutputDifference between(Map<String, Tensor> expected, Map<String, Tensor> actual) {
        OutputDifference difference = new OutputDifference();
        expected.forEach((name, wanted) -> difference.entries.add(compare(name, wanted, actual.get(name))));
        actual.forEach((name, given) -> {
            if (!expected.containsKey(name)) {
                difference.entries.add(apart(name, given.type(), "is not expected"));
            }
        });
        return difference;
    }

    /**
     * {@return the output that is furthest beyond what rounding explains; empty if all are equal}
     *
     * @param tolerance the difference that rounding explains
     */
    public Optional<Entry> beyond(Tolerance tolerance) {
        return entries.stream()
                .filter(entry -> !(entry.relative() <= tolerance.of(entry.output(), entry.type())))
                .max(Comparator.comparingDouble(Entry::relative));
    }

    /** {@return the largest of all outputs; 0 where there are none} */
    public double largest() {
        return entries.stream().mapToDouble(Entry::relative).max().orElse(0);
    }

    /** {@return each output's own, by name} */
    public Map<String, Double> byOutput() {
        Map<String, Double> all = new LinkedHashMap<>();
        entries.forEach(entry -> all.put(entry.output(), entry.relative()));
        return all;
    }

    /** {@return each output, those of the expected ones first} */
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    private static Entry compare(String name, Tensor wanted, Tensor given) {
        if (given == null) {
            return apart(name, wanted.type(), "is missing");
        }
        if (given.type() != wanted.type() || !Arrays.equals(given.dims(), wanted.dims())) {
            return apart(name, wanted.type(), "is %s, not %s".formatted(given, wanted));
        }
        return wanted.type().isFloatingPoint() ? floats(name, wanted, given) : integers(name, wanted, given);
    }

    private static Entry apart(String name, ElementType type, String words) {
        return new Entry(name, type, Double.POSITIVE_INFINITY, "output '" + name + "' " + words);
    }

    private static Entry integers(String name, Tensor wanted, Tensor given) {
        if (wanted.bytes().equals(given.bytes())) {
            return new Entry(name, wanted.type(), 0, "output '" + name + "' is equal");
        }
        long[] expected = wanted.longs();
        long[] actual = given.longs();
        long different = 0;
        for (int i = 0; i < expected.length; i++) {
            different += expected[i] == actual[i] ? 0 : 1;
        }
        return new Entry(
                name,
                wanted.type(),
                (double) different / expected.length,
                "output '%s' differs in %d of %d numbers".formatted(name, different, expected.length));
    }

    private static Entry floats(String name, Tensor wanted, Tensor given) {
        double[] expected = doubles(wanted);
        double[] actual = doubles(given);
        double size = ZERO;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            if (Double.isFinite(expected[i]) && Double.isFinite(actual[i])) {
                size = Math.max(size, Math.abs(expected[i]));
                difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
            } else if (Double.compare(expected[i], actual[i]) != 0) {
                return apart(name, wanted.type(), "is %s at %d, not %s".formatted(actual[i], i, expected[i]));
            }
        }
        return new Entry(
                name,
                wanted.type(),
                difference / size,
                "output '%s' differs by %.3g where the largest value is %.3g".formatted(name, difference, size));
    }

    private static double[] doubles(Tensor tensor) {
        if (tensor.type() == ElementType.DOUBLE) {
            DoubleBuffer stored = tensor.bytes().asDoubleBuffer();
            double[] values = new double[stored.remaining()];
            stored.get(values);
            return values;
        }
        float[] stored = tensor.floats();
        double[] values = new double[stored.length];
        Arrays.setAll(values, i -> stored[i]);
        return values;
    }
}
