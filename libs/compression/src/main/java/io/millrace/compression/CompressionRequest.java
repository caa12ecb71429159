package io.millrace.compression;

import io.millrace.selection.Allocation.Strategy;
import io.millrace.selection.Budget;
import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.Target;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

    /**
     * What jobs may want of every method.
     *
     * @param macRatios a model for each; {@code null} if nothing is said of them
     * @param usual the ratio of MACs where nothing at all is said
     * @param others wanted by other measures of every model; {@code null} where nothing is
     */
    public static List<Map<Measure, BigDecimal>> targets(
            List<BigDecimal> macRatios, BigDecimal usual, Map<Measure, BigDecimal> others) {
        if (macRatios == null && others.isEmpty()) {
            return List.of(Map.of(Measure.MACS, usual));
        }
        if (macRatios == null) {
            return List.of(others);
        }
        return macRatios.stream()
                .map(ratio -> {
                    Map<Measure, BigDecimal> wanted = new EnumMap<>(Measure.class);
                    wanted.putAll(others);
                    wanted.put(Measure.MACS, ratio);
                    return Map.copyOf(wanted);
                })
                .toList();
    }

    /** What is wanted by other measures than MACs; each may be {@code null}. */
    public static Map<Measure, BigDecimal> others(BigDecimal parameterRatio, BigDecimal sizeRatio, BigDecimal speedUp) {
        Map<Measure, BigDecimal> others = new EnumMap<>(Measure.class);
        others.put(Measure.PARAMETERS, parameterRatio);
        others.put(Measure.BYTES, sizeRatio);
        others.put(Measure.TIME, speedUp);
        others.values().removeIf(Objects::isNull);
        return Map.copyOf(others);
    }

    /** The measures by which anything is wanted. */
    Set<Measure> measures() {
        return targets.stream().flatMap(wanted -> wanted.keySet().stream()).collect(Collectors.toSet());
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
