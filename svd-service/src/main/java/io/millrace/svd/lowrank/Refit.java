package io.millrace.svd.lowrank;

import io.millrace.svd.layer.Metric;
import io.millrace.tensor.Matrix;

/** The last factor of a chain, given those before it: the least squares of the layer's output. */
public final class Refit {
    /** Data leaves directions open; weights alone do not. */
    private static final double RIDGE = 1e-6;

    private static final double PLAIN_RIDGE = 1e-9;

    private Refit() {}

    /**
     * The X that brings X T nearest to the kernel, beginning from one that is good already: what the metric does not
     * determine stays as it was.
     *
     * @param factors T, {@code [unknowns x (inputs taps)]}: what the layers before the last do to a patch of the input
     * @param kernel {@code [outputs x (inputs taps)]}
     * @param start {@code [outputs x unknowns]}
     * @return {@code [outputs x unknowns]}
     */
    public static Matrix of(Matrix factors, Matrix kernel, Matrix start, Metric metric) {
        Matrix weighed = metric.weigh(factors);
        Matrix gram = weighed.timesTransposed(factors);
        double ridge = (metric == Metric.PLAIN ? PLAIN_RIDGE : RIDGE) * gram.meanOfDiagonal();
        if (!(ridge > 0)) {
            return start;
        }
        Matrix lacking = kernel.plus(-1, start.times(factors));
        Matrix change = gram.plusOnDiagonal(ridge).solve(weighed.timesTransposed(lacking));
        return start.plus(1, change.transposed());
    }
}
