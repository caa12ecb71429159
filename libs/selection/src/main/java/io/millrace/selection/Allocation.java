package io.millrace.selection;

import java.util.Arrays;
import java.util.List;

/**
 * Chooses how far each part of a network is compressed, so that the whole meets a target and loses least. Parts are
 * layers or groups of channels; each has a curve of losses measured with that part alone compressed. Measured curves are
 * noisy; here a harsher option never counts as losing less than a milder one.
 *
 * <p>What is chosen is at most one step from the target: no part could take a milder option without missing it.
 */
public final class Allocation {
    private final List<Curve> measured;
    private final double[][] losses;
    private final Cost cost;

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
    }

    /** Cost of the whole network for an option of each part. Never rises when a part takes a harsher option. */
    public interface Cost {
        long of(int[] options);
    }

    /** How the loss is spread over the parts. */
    public enum Strategy {
        /** One threshold of loss for all parts, as AIMET. */
        GREEDY,
        /** Least sum of losses. */
        LAGRANGE
    }

    /**
     * @param options chosen option by part
     * @param cost of the whole network
     * @param loss sum of the parts' losses: an estimate
     * @param next the next larger network: one part takes its next milder option; {@code null} if no part can
     */
    public record Selection(int[] options, long cost, double loss, Step next) {}

    /**
     * One option of one part milder.
     *
     * @param part by its name
     * @param cost of the whole network then
     */
    public record Step(String part, long cost) {}

    public Allocation(List<Curve> curves, Cost cost) {
        this.measured = List.copyOf(curves);
        this.losses = curves.stream().map(Curve::losses).map(Allocation::rising).toArray(double[][]::new);
        this.cost = cost;
        replaceInfinities();
    }

    /** The curve as it would be without noise: what was not measured (NaN) is the worst, and no option loses less than a milder one. */
    private static double[] rising(double[] losses) {
        double[] rising = losses.clone();
        double worst = 0;
        for (int i = 0; i < rising.length; i++) {
            worst = Double.isNaN(rising[i]) ? Double.POSITIVE_INFINITY : Math.max(worst, rising[i]);
            rising[i] = worst;
        }
        return rising;
    }

    /** An infinite loss becomes one that outweighs all finite ones together, so that losses can be added and compared. */
    private void replaceInfinities() {
        double finite = 1;
        for (double[] curve : losses) {
            finite += Arrays.stream(curve).filter(Double::isFinite).max().orElse(0);
        }
        for (double[] curve : losses) {
            for (int i = 0; i < curve.length; i++) {
                curve[i] = Double.isFinite(curve[i]) ? curve[i] : 1000 * finite;
            }
        }
    }

    /**
     * The network nearest to a target among those that a strategy finds: within the budget, or, where that would be
     * clearly smaller than was asked for, above it by what counts as met. Out of reach, it is the cheapest network.
     */
    public Selection choose(Strategy strategy, Target target) {
        Selection within = choose(strategy, target.budget());
        if (target.metBy(within.cost())) {
            return within;
        }
        Selection above = choose(strategy, target.ceiling());
        boolean nearer = Math.abs(above.cost() - target.budget()) < Math.abs(within.cost() - target.budget());
        return nearer ? above : within;
    }

    private Selection choose(Strategy strategy, long budget) {
        return strategy == Strategy.GREEDY ? greedy(budget) : lagrange(budget);
    }

    /**
     * The greedy selection of AIMET: one threshold for all parts; each takes its harshest option before the first whose
     * loss is above the threshold. The lowest threshold that meets the budget is found exactly, by bisection over the
     * losses that occur. What is then more than needed is given back.
     */
    Selection greedy(long budget) {
        int[] options = threshold(budget);
        giveBack(options, budget);
        return selection(options);
    }

    /** The options at the lowest threshold that meets the budget; of the highest there is if none does. */
    int[] threshold(long budget) {
        double[] thresholds = Arrays.stream(losses)
                .flatMapToDouble(Arrays::stream)
                .sorted()
                .distinct()
                .toArray();
        int low = 0;
        int high = thresholds.length - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (cost.of(within(thresholds[middle])) <= budget) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return within(thresholds.length == 0 ? 0 : thresholds[low]);
    }

    private int[] within(double threshold) {
        return Arrays.stream(losses)
                .mapToInt(curve -> {
                    int option = 0;
                    while (option + 1 < curve.length && curve[option + 1] <= threshold) {
                        option++;
                    }
                    return option;
                })
                .toArray();
    }

    /**
     * Minimises the sum of losses: takes the step with the least loss for each unit of cost saved, again and again (the
     * descent of a Lagrange multiplier along the lower convex hulls), until the budget is met, and then gives back what
     * is more than needed, where it helps most.
     */
    Selection lagrange(long budget) {
        int[] options = new int[losses.length];
        long current = cost.of(options);
        while (current > budget && takeBestStep(options, current)) {
            current = cost.of(options);
        }
        giveBack(options, budget);
        return selection(options);
    }

    private boolean takeBestStep(int[] options, long current) {
        int bestPart = -1;
        int bestOption = 0;
        double bestPrice = Double.POSITIVE_INFINITY;
        for (int part = 0; part < options.length; part++) {
            int before = options[part];
            double[] curve = losses[part];
            for (int option = before + 1; option < curve.length; option++) {
                options[part] = option;
                long saved = current - cost.of(options);
                double price = (curve[option] - curve[before]) / saved;
                if (saved > 0 && price < bestPrice) {
                    bestPart = part;
                    bestOption = option;
                    bestPrice = price;
                }
            }
            options[part] = before;
        }
        if (bestPart >= 0) {
            options[bestPart] = bestOption;
        }
        return bestPart >= 0;
    }

    /** Lets parts take milder options as long as the budget holds: first where that helps most, then where it costs most. */
    private void giveBack(int[] options, long budget) {
        long current = cost.of(options);
        while (current <= budget) {
            int bestPart = -1;
            int bestOption = 0;
            double bestGain = 0;
            long bestCost = current;
            for (int part = 0; part < options.length; part++) {
                int before = options[part];
                for (int option = 0; option < before; option++) {
                    double gain = losses[part][before] - losses[part][option];
                    options[part] = option;
                    long then = cost.of(options);
                    if (then <= budget && (gain > bestGain || gain == bestGain && then > bestCost)) {
                        bestPart = part;
                        bestOption = option;
                        bestGain = gain;
                        bestCost = then;
                    }
                }
                options[part] = before;
            }
            if (bestPart < 0) {
                return;
            }
            options[bestPart] = bestOption;
            current = bestCost;
        }
    }

    private Selection selection(int[] options) {
        double loss = 0;
        long spent = cost.of(options);
        Step next = null;
        for (int part = 0; part < options.length; part++) {
            loss += measured.get(part).losses()[options[part]];
            if (options[part] > 0) {
                options[part]--;
                long then = cost.of(options);
                options[part]++;
                if (then > spent && (next == null || then < next.cost())) {
                    next = new Step(measured.get(part).name(), then);
                }
            }
        }
        return new Selection(options, spent, loss, next);
    }
}
