package io.millrace.selection;

import java.util.HashSet;
import java.util.Set;

/**
 * Minimises the sum of losses for costs of any kind: takes the step with the least loss for what it saves, again and
 * again (the descent of a Lagrange multiplier along the lower convex hulls of the parts' curves), until the limits hold.
 * The last step of that descent can be a coarse one, which saves far more than is needed; so the descent also goes on
 * without it, and the best of all ends is taken.
 */
final class Multiplier {
    private static final int MOST_ENDS = 32;

    private final Parts parts;
    private final Exchange exchange;

    Multiplier(Parts parts) {
        this.parts = parts;
        this.exchange = new Exchange(parts);
    }

    private record Step(int part, int option) {}

    /** The cheapest options that were come by if none hold the limits. */
    int[] select(Limits limits) {
        int[] at = new int[parts.count()];
        if (limits.hold(parts.cost(at))) {
            return at;
        }
        int[] best = null;
        Set<Step> refused = new HashSet<>();
        Step step = bestStep(at, limits, refused);
        while (step != null && refused.size() < MOST_ENDS) {
            int[] then = Parts.with(at, step.part, step.option);
            if (limits.hold(parts.cost(then))) {
                exchange.giveBack(then, limits);
                best = best == null || parts.loss(then) < parts.loss(best) ? then : best;
                refused.add(step);
            } else {
                at = then;
            }
            boolean hopeless = best != null && parts.loss(at) >= parts.loss(best);
            step = hopeless ? null : bestStep(at, limits, refused);
        }
        if (best == null) {
            return at;
        }
        exchange.lessLoss(best, limits);
        return best;
    }

    private Step bestStep(int[] options, Limits limits, Set<Step> refused) {
        Cost current = parts.cost(options);
        Step best = null;
        double bestPrice = Double.POSITIVE_INFINITY;
        for (int part = 0; part < options.length; part++) {
            double[] curve = parts.losses()[part];
            for (int option = options[part] + 1; option < curve.length; option++) {
                Step step = new Step(part, option);
                double saved = limits.saved(current, parts.cost(Parts.with(options, part, option)));
                double price = (curve[option] - curve[options[part]]) / saved;
                if (saved > 0 && price < bestPrice && !refused.contains(step)) {
                    best = step;
                    bestPrice = price;
                }
            }
        }
        return best;
    }
}
