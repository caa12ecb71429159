package io.millrace.inference;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The median of a series with its 95 % interval, for values of which neighbours may depend on each other, as times on a
 * busy machine do: a machine that is slow now is so for a while.
 *
 * <p>The interval is the middle 95 % of the medians of series put together from blocks of the series, wrapped around its
 * end (circular block bootstrap; Politis and Romano 1992). A block is five times as long as values depend on each other:
 * the integrated autocorrelation time of whether they lie above the median, summed up to a lag of five times itself
 * (Sokal 1997). Where there are few blocks the interval is widened as Student's t is against the normal distribution.
 * Equal values give equal intervals.
 *
 * @param value the median
 * @param low of the interval
 * @param high of the interval
 * @param independent so many values, if they did not depend on each other, would tell as much
 */
record Median(double value, double low, double high, double independent) {
    private static final int DRAWS = 400;
    private static final long SEED = 1;
    private static final int TIMES = 5;

    static Median of(double[] values) {
        int n = values.length;
        Integer[] order = IntStream.range(0, n).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[] sorted = new double[n];
        int[] ranks = new int[n];
        for (int rank = 0; rank < n; rank++) {
            sorted[rank] = values[order[rank]];
            ranks[order[rank]] = rank;
        }
        double middle = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        double time = autocorrelationTime(values, middle);
        int block = time < 1.5 ? 1 : Math.max(1, Math.min(n / 4, (int) Math.ceil(TIMES * time)));
        double[] medians = medians(sorted, ranks, block);
        double blocks = (double) n / block;
        double wider = block == 1 ? 1 : Math.sqrt(blocks / Math.max(1, blocks - 2));
        double low = medians[(int) (DRAWS * 0.025)];
        double high = medians[(int) Math.ceil(DRAWS * 0.975) - 1];
        return new Median(middle, middle - (middle - low) * wider, middle + (high - middle) * wider, n / time);
    }

    /** Medians of series of this length made of random blocks, in order. */
    private static double[] medians(double[] sorted, int[] ranks, int block) {
        Random random = new Random(SEED);
        int n = ranks.length;
        double[] medians = new double[DRAWS];
        int[] drawn = new int[n];
        for (int draw = 0; draw < DRAWS; draw++) {
            Arrays.fill(drawn, 0);
            for (int i = 0; i < n; i += block) {
                int from = random.nextInt(n);
                for (int j = 0; j < block && i + j < n; j++) {
                    drawn[ranks[(from + j) % n]]++;
                }
            }
            medians[draw] = (sorted[rankAt(drawn, (n - 1) / 2)] + sorted[rankAt(drawn, n / 2)]) / 2;
        }
        Arrays.sort(medians);
        return medians;
    }

    /** The rank of the value at a place, where each rank was drawn so many times. */
    private static int rankAt(int[] drawn, int place) {
        int rank = 0;
        for (int seen = drawn[0]; seen <= place; seen += drawn[rank]) {
            rank++;
        }
        return rank;
    }

    /** How many neighbours tell no more than one value; 1 where they do not depend on each other, or all are equal. */
    private static double autocorrelationTime(double[] values, double middle) {
        int n = values.length;
        double[] above = Arrays.stream(values).map(v -> Math.signum(v - middle)).toArray();
        double mean = Arrays.stream(above).average().orElse(0);
        double variance = 0;
        for (int i = 0; i < n; i++) {
            above[i] -= mean;
            variance += above[i] * above[i];
        }
        double time = 1;
        for (int lag = 1; variance > 0 && lag < n / 2 && lag < TIMES * time; lag++) {
            double sum = 0;
            for (int i = 0; i + lag < n; i++) {
                sum += above[i] * above[i + lag];
            }
            time += 2 * sum / variance;
        }
        return Math.max(1, time);
    }
}
