package io.millrace.inference;

import java.util.Arrays;
import java.util.Random;

/**
 * A median with its 95 % interval: the middle 95 % of the medians of samples drawn from the values with replacement
 * (percentile bootstrap). Equal values give equal intervals.
 */
record Median(double value, double low, double high) {
    private static final int DRAWS = 400;
    private static final long SEED = 1;

    static Median of(double[] values) {
        Random random = new Random(SEED);
        double[] medians = new double[DRAWS];
        double[] drawn = new double[values.length];
        for (int draw = 0; draw < DRAWS; draw++) {
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = values[random.nextInt(values.length)];
            }
            medians[draw] = middle(drawn);
        }
        Arrays.sort(medians);
        return new Median(
                middle(values.clone()), medians[(int) (DRAWS * 0.025)], medians[(int) Math.ceil(DRAWS * 0.975) - 1]);
    }

    private static double middle(double[] values) {
        Arrays.sort(values);
        int n = values.length;
        return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
    }

    /** Width of the interval relative to the median. */
    double width() {
        return (high - low) / value;
    }
}
