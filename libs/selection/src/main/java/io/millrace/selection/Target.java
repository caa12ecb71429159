package io.millrace.selection;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * What a network may cost: a share of what it costs now. Counts are whole, so a target is seldom met to the last digit;
 * one that is missed by no more than a hundredth of itself, on either side, is met.
 *
 * @param ratio wanted cost / cost now
 * @param macs of the network as it stands
 */
public record Target(BigDecimal ratio, long macs) {
    private static final BigDecimal TOLERANCE = new BigDecimal("0.01");

    /** MACs that the ratio allows. */
    public long budget() {
        return allowed(BigDecimal.ONE);
    }

    /** The most MACs that still count as met. */
    public long ceiling() {
        return allowed(BigDecimal.ONE.add(TOLERANCE));
    }

    /** The fewest MACs that are not smaller than was asked for. */
    private long floor() {
        return allowed(BigDecimal.ONE.subtract(TOLERANCE));
    }

    private long allowed(BigDecimal share) {
        return ratio.multiply(share)
                .multiply(BigDecimal.valueOf(macs))
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

    /** The ratio of a network of this cost. */
    public double ratioOf(long cost) {
        return macs == 0 ? 1 : (double) cost / macs;
    }

    /**
     * Why a network is not what was asked for; empty if it is.
     *
     * @param cost of the network that was made
     * @param next the next larger network that could have been chosen; {@code null} if there is none
     */
    public Optional<String> missedBy(long cost, Allocation.Step next) {
        if (metBy(cost)) {
            return Optional.empty();
        }
        String is = "mac-ratio %s is %s: this model is at %.3f"
                .formatted(ratio.toPlainString(), reachedBy(cost) ? "overshot" : "out of reach", ratioOf(cost));
        if (!reachedBy(cost)) {
            return Optional.of(is + ", with each part at the smallest that was tried");
        }
        return Optional.of(
                next == null
                        ? is
                        : is
                                + ", and the next larger one, with %s one step larger, would be at %.3f"
                                        .formatted(next.part(), ratioOf(next.cost())));
    }
}
