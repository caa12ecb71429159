package io.millrace.quant.calibration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ranges of many tensors, each by one method, and what is to be said of them.
 *
 * @param ranges by value
 * @param notes for the user
 */
public record ChosenRanges(Map<String, Range> ranges, List<String> notes) {
    /** How much the error of a range may exceed that of the full one: what the width of bins leaves open. */
    private static final double SAME = 1.01;

    /**
     * Chooses a range for each tensor. Where the full range has the smaller squared error, it is taken instead, unless
     * the user has said how much is to be cut off.
     *
     * @param percentile of the values that stay inside, for {@link RangeMethod#PERCENTILE}; {@code null}: 99.99
     */
    public static ChosenRanges of(Map<String, Histogram> histograms, RangeMethod method, Double percentile) {
        Map<String, Range> ranges = new LinkedHashMap<>();
        List<String> notes = new ArrayList<>();
        int full = 0;
        for (Map.Entry<String, Histogram> entry : histograms.entrySet()) {
            Histogram values = entry.getValue();
            Range range = method.range(values, percentile == null ? RangeMethod.DEFAULT_PERCENTILE : percentile);
            if (!values.isEmpty()) {
                Range widest = RangeMethod.MIN_MAX.range(values, 0);
                Rounding rounding = new Rounding(values);
                double least = rounding.error(widest);
                if (percentile == null && rounding.error(range) > SAME * least) {
                    range = widest;
                    full++;
                }
                noteNotFinite(entry.getKey(), values, notes);
                noteCoarse(entry.getKey(), range, values, notes);
            }
            ranges.put(entry.getKey(), range);
        }
        if (full > 0) {
            notes.add("calibration %s: %d of %d ranges are those of min-max, which err less"
                    .formatted(method.id(), full, ranges.size()));
        }
        return new ChosenRanges(ranges, notes);
    }

    private static void noteNotFinite(String value, Histogram values, List<String> notes) {
        if (values.notFinite() > 0) {
            notes.add("'%s' took %d values that are NaN or infinite on calibration data; they were left out"
                    .formatted(value, values.notFinite()));
        }
    }

    /** A few huge values make the steps so wide that all others are rounded to zero. */
    private static void noteCoarse(String value, Range range, Histogram values, List<String> notes) {
        double step = (range.max() - range.min()) / Rounding.STEPS;
        double typical = values.median();
        if (step > 2 * typical && typical > 0) {
            notes.add(
                    "'%s' ranges from %.3g to %.3g, but half of its values that are not zero are smaller than %.3g and"
                                    .formatted(value, range.min(), range.max(), typical)
                            + " round to zero: its few large values are out of proportion");
        }
    }
}
