package io.millrace.quant.calibration;

import java.nio.FloatBuffer;

/**
 * The distribution of a tensor's values, built while they stream by. Bins of equal width cover [-radius, radius]; the
 * radius, a power of two, doubles when a larger value comes, and neighbouring bins merge. So memory is the same for any
 * amount of data, and at least a quarter of the bins lies in the range that occurs.
 */
public final class Histogram {
    static final int BINS = 8192;
    private static final double SMALLEST_RADIUS = 0x1p-20;

    private long[] counts = new long[BINS];
    private double radius = SMALLEST_RADIUS;
    private float min = Float.POSITIVE_INFINITY;
    private float max = Float.NEGATIVE_INFINITY;
    private double sumOfMinima;
    private double sumOfMaxima;
    private int batches;
    private long notFinite;
    private long zeros;

    /** Adds the values of one batch. */
    public void add(FloatBuffer values) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        int count = values.remaining();
        for (int i = 0; i < count; i++) {
            float value = values.get(i);
            if (Math.abs(value) <= Float.MAX_VALUE) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        if (low > high) {
            notFinite += count;
            return;
        }
        min = Math.min(min, low);
        max = Math.max(max, high);
        sumOfMinima += low;
        sumOfMaxima += high;
        batches++;
        while (Math.max(Math.abs(low), Math.abs(high)) > radius) {
            widen();
        }
        for (int i = 0; i < count; i++) {
            float value = values.get(i);
            if (Math.abs(value) <= Float.MAX_VALUE) {
                counts[bin(value)]++;
                zeros += value == 0 ? 1 : 0;
            } else {
                notFinite++;
            }
        }
    }

    private void widen() {
        long[] merged = new long[BINS];
        for (int i = 0; i < BINS; i++) {
            merged[BINS / 4 + i / 2] += counts[i];
        }
        counts = merged;
        radius *= 2;
    }

    /** Whether no value has come yet. */
    public boolean isEmpty() {
        return batches == 0;
    }

    /** The smallest value. */
    public float min() {
        return min;
    }

    /** The largest value. */
    public float max() {
        return max;
    }

    /** Mean over batches of the smallest value of each. */
    public double meanMinimum() {
        return sumOfMinima / batches;
    }

    /** Mean over batches of the largest value of each. */
    public double meanMaximum() {
        return sumOfMaxima / batches;
    }

    /** How many values were NaN or infinite; they are counted nowhere else. */
    public long notFinite() {
        return notFinite;
    }

    long[] counts() {
        return counts;
    }

    double radius() {
        return radius;
    }

    /** A size that half of the values lie below, exact zeros left out; 0 where there are no others. */
    double median() {
        long total = -zeros;
        for (long count : counts) {
            total += count;
        }
        long below = -zeros;
        for (int side = 0; side < BINS / 2; side++) {
            below += counts[BINS / 2 + side] + counts[BINS / 2 - 1 - side];
            if (2 * below > total) {
                return (side + 1) * (2 * radius / BINS);
            }
        }
        return 0;
    }

    /** The bin of a value within the radius. */
    int bin(double value) {
        return Math.min(BINS - 1, (int) ((value + radius) * BINS / (2 * radius)));
    }

    /** The value in the middle of a bin. */
    double middle(int bin) {
        return (bin + 0.5) * (2 * radius / BINS) - radius;
    }
}
