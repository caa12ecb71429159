package io.millrace.quant.calibration;

import java.util.Arrays;

/** Cuts off the outermost values: half of what is over 100 % on each side. */
final class PercentileRange {
    private PercentileRange() {}

    static Range of(Histogram values, double percentile) {
        long[] counts = values.counts();
        long cut = (long) (Arrays.stream(counts).sum() * (1 - percentile / 100) / 2);
        int low = 0;
        for (long below = counts[0]; below <= cut && low < counts.length - 1; below += counts[low]) {
            low++;
        }
        int high = counts.length - 1;
        for (long above = counts[high]; above <= cut && high > low; above += counts[high]) {
            high--;
        }
        double half = values.radius() / counts.length;
        return new Range(
                Math.max(values.min(), values.middle(low) - half), Math.min(values.max(), values.middle(high) + half));
    }
}
