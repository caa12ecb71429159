package io.millrace.selection;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Chooses how far each part of a network is compressed, so that the whole meets its targets and loses least. Parts are
 * layers or groups of channels; each has a curve of losses measured with that part alone compressed. Measured curves are
 * noisy; here a harsher option never counts as losing less than a milder one. Where time is known and not asked for, it
 * decides between selections that lose about the same.
 *
 * <p>What is chosen is at most one step from the targets: but for such a choice by time, no part could take a milder
 * option without missing them.
 */
public final class Allocation {
    /** Losses that differ by less are the same: no measurement of them is that exact. */
    private static final double SAME_LOSS = 0.01;

    private final List<Curve> measured;
    private final Parts parts;
    private final Exchange exchange;

    /**
     * What compressing one part costs the network's answer.
     *
     * @param losses by option, from the mildest to the harshest; option 0 is the part as it stands, its loss is 0.
     *     Infinite where the answer is destroyed
     */
    public record Curve(String name, double[] losses) {
        public Curve {
            if (losses.length == 0) {
                throw new IllegalArgumentException("the curve of " + name + " has no option");
            }
        }

        /**
         * A part that nobody measured: the more of it goes, the worse. With one threshold for all, all parts are left
         * about the same share.
         *
         * @param shares what each option leaves of the part, from the mildest on
         */
        public static Curve ofShares(String name, List<Double> shares) {
            return new Curve(
                    name,
                    IntStream.rangeClosed(0, shares.size())
                            .mapToDouble(i -> i == 0 ? 0 : 1 - shares.get(i - 1))
                            .toArray());
        }
    }

    /** How the loss is spread over the parts. */
    public enum Strategy {
        /** One threshold of loss for all parts, as AIMET. */
        GREEDY,
        /** Least sum of losses: exact where costs add up and one or two are limited, nearly so elsewhere. */
        LAGRANGE
    }

    /**
     * @param options chosen option by part
     * @param cost of the whole network
     * @param loss sum of the parts' losses: an estimate
     * @param next the next larger network: one part takes its next milder option; {@code null} if no part can
     */
    public record Selection(int[] options, Cost cost, double loss, Step next) {}

    /**
     * One option of one part milder.
     *
     * @param part by its name
     * @param cost of the whole network then
     */
    public record Step(String part, Cost cost) {}

    public Allocation(List<Curve> curves, NetworkCost cost) {
        this.measured = List.copyOf(curves);
        this.parts = Parts.of(curves, cost);
        this.exchange = new Exchange(parts);
    }

    /**
     * The network nearest to what is asked for among those that a strategy finds: within the budget, or, where that would
     * be clearly smaller than was asked for, above it by what counts as met. Out of reach, it is the cheapest network.
     */
    public Selection choose(Strategy strategy, Budget budget) {
        int[] options = select(strategy, budget.limits(false));
        if (!budget.metBy(parts.cost(options))) {
            int[] above = select(strategy, budget.limits(true));
            options = distance(above, budget) < distance(options, budget) ? above : options;
        }
        breakTies(options, budget);
        return selection(options, budget);
    }

    /** The selection of a strategy within other limits than the budget's. */
    Selection within(Strategy strategy, Budget budget, Limits limits) {
        return selection(select(strategy, limits), budget);
    }

    private double distance(int[] options, Budget budget) {
        return Math.abs(budget.use(parts.cost(options)) - 1);
    }

    private int[] select(Strategy strategy, Limits limits) {
        if (strategy == Strategy.GREEDY) {
            int[] options = new Threshold(parts).select(limits);
            exchange.giveBack(options, limits);
            return options;
        }
        int[] multiplied = new Multiplier(parts).select(limits);
        int[] best = parts.cost().addsUp() ? new DynamicProgramme(parts).select(limits) : null;
        if (best == null || parts.loss(multiplied) < parts.loss(best) && limits.hold(parts.cost(multiplied))) {
            return multiplied;
        }
        exchange.giveBack(best, limits);
        return best;
    }

    /** Of what loses about the same, the faster; what met the targets still does. */
    private void breakTies(int[] options, Budget budget) {
        Cost cost = parts.cost(options);
        if (!budget.limits(Measure.TIME) && cost.has(Measure.TIME) && budget.reachedBy(cost)) {
            boolean met = budget.metBy(cost);
            exchange.lessTime(
                    options,
                    then -> met ? budget.metBy(then) : budget.reachedBy(then),
                    parts.loss(options) * (1 + SAME_LOSS));
        }
    }

    private Selection selection(int[] options, Budget budget) {
        double loss = 0;
        Cost spent = parts.cost(options);
        Step next = null;
        for (int part = 0; part < options.length; part++) {
            loss += measured.get(part).losses()[options[part]];
            if (options[part] > 0) {
                Cost then = parts.cost(Parts.with(options, part, options[part] - 1));
                if (budget.use(then) > budget.use(spent)
                        && (next == null || budget.use(then) < budget.use(next.cost()))) {
                    next = new Step(measured.get(part).name(), then);
                }
            }
        }
        return new Selection(options, spent, loss, next);
    }
}
