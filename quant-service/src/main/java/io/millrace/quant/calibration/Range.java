package io.millrace.quant.calibration;

/** The interval of values that a quantized tensor can stand for. Always holds 0. */
public record Range(double min, double max) {
    public Range {
        min = Math.min(0, min);
        max = Math.max(0, max);
    }

    /** The part of this range that lies within bounds. */
    public Range within(Range bounds) {
        return new Range(Math.max(min, bounds.min), Math.min(max, bounds.max));
    }

    /** The least range that holds both. */
    public Range with(Range other) {
        return new Range(Math.min(min, other.min), Math.max(max, other.max));
    }

    /** No bounds at all. */
    public static final Range EVERYTHING = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
}
