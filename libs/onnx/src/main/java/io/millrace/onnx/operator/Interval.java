package io.millrace.onnx.operator;

/**
 * Numbers between two bounds, which belong to it.
 *
 * @param low negative infinity if there is no lower bound
 * @param high positive infinity if there is no upper bound
 */
public record Interval(double low, double high) {
    /** All numbers that are not negative. */
    public static final Interval POSITIVE = new Interval(0, Double.POSITIVE_INFINITY);

    /** {@return whether zero lies in it} */
    public boolean hasZero() {
        return low <= 0 && high >= 0;
    }
}
