package io.millrace.compression;

import io.millrace.selection.Allocation.Strategy;
import io.millrace.selection.Budget;
import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.Target;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What every method is asked for.
 *
 * @param targets what is wanted, by measure; one model for each
 * @param strategy how the loss is spread over the parts
 * @param measured whether losses are measured on calibration data; else the size of what goes stands for them
 * @param samples calibration samples by which options and models are scored
 */
public record CompressionRequest(
        List<Map<Measure, BigDecimal>> targets, Strategy strategy, boolean measured, int samples) {

    /** A request for shares of the multiply-accumulates. */
    public static CompressionRequest ofMacRatios(
            List<BigDecimal> ratios, Strategy strategy, boolean measured, int samples) {
        return new CompressionRequest(
                ratios.stream().map(ratio -> Map.of(Measure.MACS, ratio)).toList(), strategy, measured, samples);
    }

    /** The budgets of a network of this cost, in the order of the targets. */
    List<Budget> budgets(Cost now) {
        return targets.stream().map(wanted -> budget(wanted, now)).toList();
    }

    private static Budget budget(Map<Measure, BigDecimal> wanted, Cost now) {
        return new Budget(wanted.keySet().stream()
                .sorted()
                .map(measure -> new Target(measure, wanted.get(measure), now.of(measure)))
                .toList());
    }

    /** Whether the network is what is wanted as it stands. */
    boolean asksForNothing() {
        return targets.stream()
                .flatMap(wanted -> wanted.entrySet().stream())
                .allMatch(wanted -> wanted.getKey() == Measure.TIME
                        ? wanted.getValue().compareTo(BigDecimal.ONE) <= 0
                        : wanted.getValue().compareTo(BigDecimal.ONE) >= 0);
    }

    /** As jobs write it: {@code mac-ratio 0.5}. */
    String words() {
        return targets.stream()
                .flatMap(wanted -> wanted.entrySet().stream())
                .map(wanted ->
                        wanted.getKey().target() + " " + wanted.getValue().toPlainString())
                .collect(Collectors.joining(", "));
    }
}
