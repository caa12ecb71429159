package io.millrace.selection;

import java.util.Arrays;
import java.util.List;

/**
 * The parts of a network as selection sees them.
 *
 * @param losses by part and option; finite, never falling with the option, 0 for option 0 unless that itself was measured
 *     otherwise
 * @param cost of the whole network
 */
record Parts(double[][] losses, NetworkCost cost) {

    /** Measured curves are noisy: what was not measured counts as the worst, and no option loses less than a milder one. */
    static Parts of(List<Allocation.Curve> curves, NetworkCost cost) {
        double[][] losses =
                curves.stream().map(Allocation.Curve::losses).map(Parts::rising).toArray(double[][]::new);
        replaceInfinities(losses);
        return new Parts(losses, cost);
    }

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
    private static void replaceInfinities(double[][] losses) {
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

    int count() {
        return losses.length;
    }

    Cost cost(int[] options) {
        return cost.of(options);
    }

    double loss(int[] options) {
        double loss = 0;
        for (int part = 0; part < options.length; part++) {
            loss += losses[part][options[part]];
        }
        return loss;
    }

    /** The same with another option for one part. */
    static int[] with(int[] options, int part, int option) {
        int[] changed = options.clone();
        changed[part] = option;
        return changed;
    }
}
