package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.job.JobSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Targets of a round's step, worked out for one parent model. */
final class Ratios {
    private static final String ONE = "mac-ratio";
    private static final String SEVERAL = "mac-ratios";
    private static final String SPEED = "speed-up";
    private static final double PRECISION = 1e6;

    private Ratios() {}

    /** Whether the step has targets, its own or the objective's, so that milder ones can be tried. */
    static boolean in(JobSpec.Step step) {
        return step.kind().equals("compress");
    }

    /**
     * The parameters of the tasks to be issued, targets filled in: one task for a step with {@code mac-ratios}, one for
     * each ratio of {@code mac-ratio}, and none if the parent is small and fast enough already. A step without any is
     * after what the objective asks for and the parent has not reached.
     *
     * @param objective what the job asks for, by the target's name
     * @param own what the parent has reached of it, by the same name; 1 where there is nothing
     * @param stepsBack how often to go half of the way to 1
     */
    static List<ObjectNode> parameters(
            JobSpec.Step step, Map<String, Double> objective, Map<String, Double> own, int stepsBack) {
        ObjectNode parameters = step.parameters().deepCopy();
        if (!in(step)) {
            return List.of(parameters);
        }
        if (!parameters.has(SEVERAL) && JobSpec.TARGETS.stream().noneMatch(parameters::has)) {
            objective.forEach((name, wanted) -> parameters.put(name, wanted / own.getOrDefault(name, 1.0)));
            parameters.remove(ONE);
        }
        boolean others = false;
        for (String name : JobSpec.TARGETS) {
            JsonNode asked = name.equals(ONE) ? null : parameters.remove(name);
            if (asked != null) {
                double target = asked.doubleValue();
                boolean reached = name.equals(SPEED) ? target <= 1 : target >= 1;
                others |= !reached;
                if (!reached) {
                    parameters.put(name, milder(target, stepsBack));
                }
            }
        }
        String field = parameters.has(SEVERAL) ? SEVERAL : ONE;
        List<Double> ratios = new ArrayList<>();
        // Taken out, so that no copy carries the ratios of all others.
        JsonNode macs = parameters.remove(field);
        if (macs != null) {
            for (JsonNode ratio : macs.isArray() ? macs : parameters.arrayNode().add(macs)) {
                double target =
                        ratio.isNumber() ? ratio.doubleValue() : objective.get(ONE) / own.getOrDefault(ONE, 1.0);
                if (target < 1) {
                    ratios.add(milder(target, stepsBack));
                }
            }
        }
        if (ratios.isEmpty()) {
            return others ? List.of(parameters) : List.of();
        }
        if (field.equals(ONE)) {
            return ratios.stream()
                    .map(ratio -> parameters.deepCopy().put(ONE, ratio))
                    .toList();
        }
        ArrayNode list = parameters.putArray(SEVERAL);
        ratios.forEach(list::add);
        return List.of(parameters);
    }

    /** Half of the way to 1, {@code steps} times; rounded down, so that the target is met after rounding, too. */
    private static double milder(double ratio, int steps) {
        double milder = 1 - (1 - ratio) / (1 << steps);
        return Math.floor(milder * PRECISION + 1e-9 * PRECISION) / PRECISION;
    }
}
