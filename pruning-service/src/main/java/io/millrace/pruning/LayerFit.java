package io.millrace.pruning;

import io.millrace.tensor.NormalEquations;
import java.util.Arrays;

/**
 * The change of a layer's weights that brings its outputs nearest to those wanted. The fit is made on some samples and
 * judged on others: of several ridges the one that errs least there is taken, an output that is not nearer there stays as
 * it was, and no weight of an output may grow beyond what its weights were before anything was pruned, times a bound.
 *
 * @param change of the weights, [unknowns x outputs]; zero for an output that stays as it was
 * @param errorBefore squared error of the outputs on the samples kept aside, nothing changed
 * @param errorAfter the same with the change
 */
record LayerFit(float[] change, double errorBefore, double errorAfter) {
    private static final double[] RIDGES = {1e-4, 1e-3, 1e-2, 1e-1, 1};
    private static final double GROWTH = 3;
    /** A fit that takes away less than this share of the error is not worth its risk. */
    private static final double WORTHWHILE = 0.01;

    /**
     * Fits.
     *
     * @param fitted sums over the samples to fit to: inputs against what the outputs lack
     * @param aside the same over the samples kept aside
     * @param weights as they are, [columns x outputs]; an unknown beyond the columns is the bias
     * @param sizes largest magnitude that each output's weights had before anything was pruned
     */
    static LayerFit of(NormalEquations fitted, NormalEquations aside, float[] weights, double[] sizes) {
        double[] before = aside.energies();
        LayerFit best = new LayerFit(new float[0], Arrays.stream(before).sum(), Double.POSITIVE_INFINITY);
        for (double ridge : RIDGES) {
            float[] change = bounded(fitted.solve(ridge).coefficients(), weights, sizes);
            double[] after = aside.errors(change);
            keepNearer(change, before, after);
            double error = Arrays.stream(after).sum();
            if (error < best.errorAfter) {
                best = new LayerFit(change, best.errorBefore, error);
            }
        }
        return best;
    }

    boolean worthwhile() {
        return errorAfter < (1 - WORTHWHILE) * errorBefore;
    }

    /** Shortens the change of each output until all its weights are within their bound; half of a good way is good, too. */
    private static float[] bounded(float[] change, float[] weights, double[] sizes) {
        int outputs = sizes.length;
        double[] share = new double[outputs];
        Arrays.fill(share, 1);
        for (int i = 0; i < weights.length; i++) {
            double bound = GROWTH * sizes[i % outputs];
            double room = change[i] > 0 ? bound - weights[i] : bound + weights[i];
            if (Math.abs(change[i]) > room) {
                share[i % outputs] = Math.min(share[i % outputs], Math.max(0, room) / Math.abs(change[i]));
            }
        }
        float[] bounded = new float[change.length];
        for (int i = 0; i < change.length; i++) {
            bounded[i] = (float) (change[i] * share[i % outputs]);
        }
        return bounded;
    }

    private static void keepNearer(float[] change, double[] before, double[] after) {
        for (int o = 0; o < before.length; o++) {
            if (!(after[o] < before[o])) {
                after[o] = before[o];
                for (int i = o; i < change.length; i += before.length) {
                    change[i] = 0;
                }
            }
        }
    }
}
