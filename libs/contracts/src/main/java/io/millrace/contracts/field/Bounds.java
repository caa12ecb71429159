package io.millrace.contracts.field;

/** Bounds of a number, in words that follow "must be a number" or "must be a whole number". */
public record Bounds(double low, boolean lowAllowed, double high, boolean highAllowed) {
    /** Above 0 and below 1. */
    public static final Bounds RATIO = new Bounds(0, false, 1, false);

    /** From 0 on, below 1. */
    public static final Bounds FRACTION = new Bounds(0, true, 1, false);

    public static final Bounds POSITIVE = new Bounds(0, false, Double.MAX_VALUE, true);

    public static final Bounds ANY = new Bounds(-Double.MAX_VALUE, true, Double.MAX_VALUE, true);

    /** With another lower bound. */
    public Bounds from(double bound, boolean allowed) {
        return new Bounds(bound, allowed, high, highAllowed);
    }

    /** With another upper bound. */
    public Bounds to(double bound, boolean allowed) {
        return new Bounds(low, lowAllowed, bound, allowed);
    }

    public boolean holds(double value) {
        return (lowAllowed ? value >= low : value > low) && (highAllowed ? value <= high : value < high);
    }

    /** {@code  above 0 and below 1}, with the space before it; nothing where any number is right. */
    @Override
    public String toString() {
        String from = low == -Double.MAX_VALUE ? "" : (lowAllowed ? " of at least " : " above ") + trimmed(low);
        String to = high == Double.MAX_VALUE ? "" : (highAllowed ? " at most " : " below ") + trimmed(high);
        return from + (from.isEmpty() || to.isEmpty() ? "" : " and") + to;
    }

    /** The same of whole numbers: {@code a whole number, at least 1}, {@code a whole number from 1 to 8}, {@code 8}. */
    public String whole() {
        if (low == high) {
            return trimmed(low);
        }
        String from = low == -Double.MAX_VALUE ? "" : ", at least " + trimmed(low);
        return "a whole number" + (high == Double.MAX_VALUE ? from : " from " + trimmed(low) + " to " + trimmed(high));
    }

    private static String trimmed(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }
}
