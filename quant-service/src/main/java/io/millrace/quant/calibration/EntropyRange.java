package io.millrace.quant.calibration;

/**
 * The threshold whose quantized distribution is closest to the real one (Kullback-Leibler divergence), as in Migacz,
 * "8-bit inference with TensorRT" (2017): the bins inside, outliers added to the outermost ones, against the same bins
 * merged to as many as there are levels and spread back over those that are not empty.
 *
 * <p>The bins inside are those that the eight bits will cover: from -threshold to threshold, as far as values occur
 * there. So a tensor without negative values has all levels on its one side. The search begins where there are as many
 * bins as levels; below, nothing would be merged and cutting off would look free. Bins at zero are left out: zero has a
 * level of its own and loses nothing, but the spike that Relu makes there would outweigh all else.
 */
final class EntropyRange {
    private static final int BINS = 2048;
    private static final int LEVELS = 255;
    private static final double NOTHING = 1e-12;

    private final int centre;
    private final double width;
    /** Sums over all bins before the i-th: values, bins that are not empty, and n ln n of each count. */
    private final double[] values;

    private final int[] occupied;
    private final double[] entropy;

    private EntropyRange(long[] counts, int centre, double width) {
        this.centre = centre;
        this.width = width;
        values = new double[counts.length + 1];
        occupied = new int[counts.length + 1];
        entropy = new double[counts.length + 1];
        for (int i = 0; i < counts.length; i++) {
            values[i + 1] = values[i] + counts[i];
            occupied[i + 1] = occupied[i] + (counts[i] > 0 ? 1 : 0);
            entropy[i + 1] = entropy[i] + weighted(counts[i]);
        }
    }

    static Range of(Histogram histogram) {
        int first = histogram.bin(histogram.min());
        int last = histogram.bin(histogram.max());
        int merge = 1;
        while ((last - first + 1) / merge > BINS) {
            merge *= 2;
        }
        long[] counts = new long[Histogram.BINS / merge];
        for (int i = first; i <= last; i++) {
            counts[i / merge] += histogram.counts()[i];
        }
        int centre = counts.length / 2;
        counts[centre - 1] = 0;
        counts[centre] = 0;
        EntropyRange search = new EntropyRange(counts, centre, 2 * histogram.radius() / counts.length);
        double threshold = search.threshold(first / merge, last / merge + 1);
        return new Range(Math.max(-threshold, histogram.min()), Math.min(threshold, histogram.max()));
    }

    /**
     * The best threshold.
     *
     * @param first bin that is not empty
     * @param end the bin behind the last that is not empty
     */
    private double threshold(int first, int end) {
        int largest = Math.max(centre - first, end - centre);
        double best = Double.POSITIVE_INFINITY;
        int chosen = largest;
        for (int half = 1; half <= largest; half++) {
            int from = Math.max(first, centre - half);
            int to = Math.min(end, centre + half);
            if (to - from >= LEVELS) {
                double divergence = divergence(from, to);
                if (divergence < best) {
                    best = divergence;
                    chosen = half;
                }
            }
        }
        return chosen * width;
    }

    /** Divergence where bins {@code from} (inclusive) to {@code to} (exclusive) are covered. */
    private double divergence(int from, int to) {
        double all = values[values.length - 1];
        double inside = count(from, to);
        if (inside == 0) {
            return Double.POSITIVE_INFINITY;
        }
        double left = values[from];
        double right = all - values[to];
        double lowest = count(from, from + 1);
        double highest = count(to - 1, to);
        double real = entropy[to]
                - entropy[from]
                - weighted(lowest)
                - weighted(highest)
                + weighted(lowest + left)
                + weighted(highest + right);
        double spread = left * Math.log(lowest > 0 ? share(from, to, 0) / inside : NOTHING)
                + right * Math.log(highest > 0 ? share(from, to, LEVELS - 1) / inside : NOTHING);
        for (int level = 0; level < LEVELS; level++) {
            double merged = count(start(from, to, level), start(from, to, level + 1));
            spread += merged > 0 ? merged * Math.log(share(from, to, level) / inside) : 0;
        }
        return (real - spread) / all - Math.log(all);
    }

    /** What each bin that is not empty gets of a level. */
    private double share(int from, int to, int level) {
        int start = start(from, to, level);
        int end = start(from, to, level + 1);
        return count(start, end) / (occupied[end] - occupied[start]);
    }

    private static int start(int from, int to, int level) {
        return from + (int) ((long) level * (to - from) / LEVELS);
    }

    private double count(int from, int to) {
        return values[to] - values[from];
    }

    private static double weighted(double count) {
        return count > 0 ? count * Math.log(count) : 0;
    }
}
