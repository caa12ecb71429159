package io.millrace.inference;

import java.util.Arrays;

/**
 * A median with its 95 % confidence interval from order statistics: the rank below which the binomial distribution of
 * n tosses leaves 2.5 % on each side (normal approximation). Below six values the interval is their whole range.
 */
record Median(double value, double low, double high) {

    static Median of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        int rank = Math.max(1, (int) Math.floor(n / 2.0 - 1.96 * Math.sqrt(n) / 2));
        double middle = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
        return new Median(middle, sorted[rank - 1], sorted[n - rank]);
    }
}
