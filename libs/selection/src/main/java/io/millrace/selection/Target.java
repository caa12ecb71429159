package io.millrace.selection;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What a network may cost by one measure: a share of what it costs now, or the speed it must have. Counts are whole, so
 * a target is seldom met to the last digit; one that is missed by no more than a hundredth of itself, on either side, is
 * met.
 *
 * @param wanted wanted cost / cost now; of time: time now / wanted time
 * @param now cost of the network as it stands
 */
public record Target(Measure measure, BigDecimal wanted, long now) {
    private static final BigDecimal TOLERANCE = new BigDecimal("0.01");
    private static final int DIGITS = 18;

    public Target {
        if (wanted.signum() <= 0) {
            throw new IllegalArgumentException(measure.target() + " must be above 0, not " + wanted);
        }
    }

    /** A target of multiply-accumulates. */
    public Target(BigDecimal ratio, long macs) {
        this(Measure.MACS, ratio, macs);
    }

    /** The most that is asked for. */
    public long budget() {
        return allowed(BigDecimal.ONE);
    }

    /** The most that still counts as met. */
    public long ceiling() {
        return allowed(BigDecimal.ONE.add(TOLERANCE));
    }

    /** The least that is not smaller than was asked for. */
    private long floor() {
        return allowed(BigDecimal.ONE.subtract(TOLERANCE));
    }

    private long allowed(BigDecimal share) {
        BigDecimal whole = share.multiply(BigDecimal.valueOf(now));
        return (measure == Measure.TIME ? whole.divide(wanted, DIGITS, RoundingMode.FLOOR) : whole.multiply(wanted))
                .setScale(0, RoundingMode.FLOOR)
                .longValue();
    }

    /** Whether a network of this cost is as small as was asked for. */
    public boolean reachedBy(long cost) {
        return cost <= ceiling();
    }

    /** Whether a network of this cost is smaller than was asked for. */
    public boolean overshotBy(long cost) {
        return cost < floor();
    }

    /** Whether a network of this cost is what was asked for. */
    public boolean metBy(long cost) {
        return reachedBy(cost) && !overshotBy(cost);
    }

    /** What a network of this cost has reached, as {@link #wanted} counts it. */
    public double reachedAt(long cost) {
        if (measure == Measure.TIME) {
            return cost == 0 ? Double.POSITIVE_INFINITY : (double) now / cost;
        }
        return now == 0 ? 1 : (double) cost / now;
    }

    /** As jobs name it: {@code mac-ratio 0.5}. */
    public String words() {
        return measure.target() + " " + wanted.toPlainString();
    }
}
