package io.millrace.selection;

import java.util.Arrays;

/**
 * The greedy selection of AIMET: one threshold of loss for all parts; each takes its harshest option before the first
 * whose loss is above the threshold.
 */
final class Threshold {
    private final Parts parts;

    Threshold(Parts parts) {
        this.parts = parts;
    }

    /**
     * The options at the lowest threshold that holds the limits, found by bisection over the losses that occur. Where the
     * highest does not hold them, since a harsher option can take more time, the lowest of all others that does; of
     * the highest if none does.
     */
    int[] select(Limits limits) {
        double[] thresholds = Arrays.stream(parts.losses())
                .flatMapToDouble(Arrays::stream)
                .sorted()
                .distinct()
                .toArray();
        int low = 0;
        int high = thresholds.length - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (holds(thresholds[middle], limits)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        double highest = thresholds.length == 0 ? 0 : thresholds[low];
        return holds(highest, limits)
                ? within(highest)
                : Arrays.stream(thresholds)
                        .filter(threshold -> holds(threshold, limits))
                        .mapToObj(this::within)
                        .findFirst()
                        .orElse(within(highest));
    }

    private boolean holds(double threshold, Limits limits) {
        return limits.hold(parts.cost(within(threshold)));
    }

    private int[] within(double threshold) {
        return Arrays.stream(parts.losses())
                .mapToInt(curve -> {
                    int option = 0;
                    while (option + 1 < curve.length && curve[option + 1] <= threshold) {
                        option++;
                    }
                    return option;
                })
                .toArray();
    }
}
