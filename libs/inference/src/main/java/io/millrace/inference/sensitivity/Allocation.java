package io.millrace.inference.sensitivity;

import java.util.Arrays;
import java.util.List;

/**
 * Chooses how far each part of a network is compressed, so that the whole stays within a budget and loses least. Parts
 * are layers or groups of channels; each has a curve of losses measured with that part alone compressed.
 */
public final class Allocation {
    private final List<Curve> curves;
    private final Cost cost;

    /**
     * What compressing one part costs the network's answer.
     *
     * @param losses by option, from the mildest to the harshest; option 0 is the part as it stands, its loss is 0
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

    /**
     * @param options chosen option by part
     * @param cost of the whole network
     * @param loss sum of the parts' losses: an estimate
     * @param reached whether the cost is within the budget; if not, this is the cheapest network there is
     */
    public record Selection(int[] options, long cost, double loss, boolean reached) {}

    public Allocation(List<Curve> curves, Cost cost) {
        this.curves = List.copyOf(curves);
        this.cost = cost;
    }

    /**
     * The greedy selection of AIMET: one threshold for all parts; each takes its harshest option before the first whose
     * loss is above the threshold. The lowest threshold that meets the budget is found exactly, by bisection over the
     * losses that occur.
     */
    public Selection greedy(long budget) {
        double[] thresholds = curves.stream()
                .flatMapToDouble(curve -> Arrays.stream(curve.losses()))
                .map(loss -> Math.max(0, loss))
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
        return selection(within(thresholds.length == 0 ? 0 : thresholds[low]), budget);
    }

    private int[] within(double threshold) {
        return curves.stream()
                .mapToInt(curve -> {
                    int option = 0;
                    while (option + 1 < curve.losses().length && curve.losses()[option + 1] <= threshold) {
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
    public Selection lagrange(long budget) {
        int[] options = new int[curves.size()];
        long current = cost.of(options);
        while (current > budget && takeBestStep(options, current)) {
            current = cost.of(options);
        }
        if (current <= budget) {
            while (giveBack(options, budget)) {
                // one part milder each time
            }
        }
        return selection(options, budget);
    }

    private boolean takeBestStep(int[] options, long current) {
        int bestPart = -1;
        int bestOption = 0;
        double bestPrice = Double.POSITIVE_INFINITY;
        for (int part = 0; part < options.length; part++) {
            int before = options[part];
            double[] losses = curves.get(part).losses();
            for (int option = before + 1; option < losses.length; option++) {
                options[part] = option;
                long saved = current - cost.of(options);
                double price = (losses[option] - losses[before]) / saved;
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

    private boolean giveBack(int[] options, long budget) {
        int bestPart = -1;
        int bestOption = 0;
        double bestGain = 0;
        for (int part = 0; part < options.length; part++) {
            int before = options[part];
            double[] losses = curves.get(part).losses();
            for (int option = 0; option < before; option++) {
                options[part] = option;
                double gain = losses[before] - losses[option];
                if (gain > bestGain && cost.of(options) <= budget) {
                    bestPart = part;
                    bestOption = option;
                    bestGain = gain;
                }
            }
            options[part] = before;
        }
        if (bestPart >= 0) {
            options[bestPart] = bestOption;
        }
        return bestPart >= 0;
    }

    private Selection selection(int[] options, long budget) {
        double loss = 0;
        for (int part = 0; part < options.length; part++) {
            loss += curves.get(part).losses()[options[part]];
        }
        long spent = cost.of(options);
        return new Selection(options, spent, loss, spent <= budget);
    }
}
