package io.millrace.selection;

import java.util.Arrays;

/** What a network, or a change of it, costs by several measures; what was not measured has no value. */
public final class Cost {
    /** Costs nothing, by every measure. */
    public static final Cost NONE = new Cost(new long[Measure.values().length]);

    private static final long UNKNOWN = Long.MIN_VALUE;

    private final long[] amounts;

    private Cost(long[] amounts) {
        this.amounts = amounts;
    }

    /** A cost of which one measure is known. */
    public static Cost of(Measure measure, long amount) {
        long[] amounts = new long[Measure.values().length];
        Arrays.fill(amounts, UNKNOWN);
        amounts[measure.ordinal()] = amount;
        return new Cost(amounts);
    }

    /** The same with another amount, or with one that was not known. */
    public Cost with(Measure measure, long amount) {
        long[] changed = amounts.clone();
        changed[measure.ordinal()] = amount;
        return new Cost(changed);
    }

    /** Whether this measure is known. */
    public boolean has(Measure measure) {
        return amounts[measure.ordinal()] != UNKNOWN;
    }

    /** @throws IllegalStateException if nobody has measured it */
    public long of(Measure measure) {
        if (!has(measure)) {
            throw new IllegalStateException("what is asked for as " + measure.target() + " was not measured");
        }
        return amounts[measure.ordinal()];
    }

    /** The sum by every measure that both have. */
    public Cost plus(Cost other) {
        return combined(other, 1);
    }

    /** The difference by every measure that both have. */
    public Cost minus(Cost other) {
        return combined(other, -1);
    }

    private Cost combined(Cost other, int sign) {
        long[] sum = new long[amounts.length];
        for (int i = 0; i < sum.length; i++) {
            boolean known = amounts[i] != UNKNOWN && other.amounts[i] != UNKNOWN;
            sum[i] = known ? amounts[i] + sign * other.amounts[i] : UNKNOWN;
        }
        return new Cost(sum);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cost cost && Arrays.equals(amounts, cost.amounts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(amounts);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Measure measure : Measure.values()) {
            if (has(measure)) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(amounts[measure.ordinal()])
                        .append(' ')
                        .append(measure);
            }
        }
        return text.toString();
    }
}
