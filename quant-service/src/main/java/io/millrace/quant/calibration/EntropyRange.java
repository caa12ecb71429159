package io.millrace.quant.calibration;

/**
 * The symmetric threshold whose quantized distribution is closest to the real one (Kullback-Leibler divergence), as in
 * Migacz, "8-bit inference with TensorRT" (2017): the centre bins, outliers added to the edge bins, against the same
 * bins merged to as many as there are steps and spread back over those that are not empty.
 */
final class EntropyRange {
    private static final int BINS = 2048;
    private static final int STEPS = 128;

    private EntropyRange() {}

    static Range of(Histogram values) {
        long[] counts = coarse(values.counts());
        int centre = BINS / 2;
        double best = Double.POSITIVE_INFINITY;
        int chosen = centre;
        for (int half = STEPS / 2; half <= centre; half++) {
            double divergence = divergence(counts, centre - half, centre + half);
            if (divergence < best) {
                best = divergence;
                chosen = half;
            }
        }
        double threshold = chosen * (2 * values.radius() / BINS);
        return new Range(Math.max(-threshold, values.min()), Math.min(threshold, values.max()));
    }

    private static long[] coarse(long[] fine) {
        long[] counts = new long[BINS];
        for (int i = 0; i < fine.length; i++) {
            counts[i * BINS / fine.length] += fine[i];
        }
        return counts;
    }

    /** Divergence of bins {@code from} (inclusive) to {@code to} (exclusive). */
    private static double divergence(long[] counts, int from, int to) {
        int size = to - from;
        double[] real = new double[size];
        double total = 0;
        for (int i = 0; i < counts.length; i++) {
            real[Math.max(0, Math.min(size - 1, i - from))] += counts[i];
            total += counts[i];
        }
        double[] merged = new double[STEPS];
        int[] occupied = new int[STEPS];
        double inside = 0;
        for (int i = 0; i < size; i++) {
            int step = (int) ((long) i * STEPS / size);
            merged[step] += counts[from + i];
            occupied[step] += counts[from + i] > 0 ? 1 : 0;
            inside += counts[from + i];
        }
        double divergence = 0;
        for (int i = 0; i < size; i++) {
            if (real[i] == 0) {
                continue;
            }
            int step = (int) ((long) i * STEPS / size);
            double spread = counts[from + i] > 0 ? merged[step] / occupied[step] / inside : 1e-12;
            divergence += real[i] / total * Math.log(real[i] / total / spread);
        }
        return inside == 0 ? Double.POSITIVE_INFINITY : divergence;
    }
}
