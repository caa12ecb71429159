package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.job.JobSpec;
import java.util.ArrayList;
import java.util.List;

/** Target ratios of a round's step, worked out for one parent model. */
final class Ratios {
    private static final String ONE = "mac-ratio";
    private static final String SEVERAL = "mac-ratios";
    private static final double PRECISION = 1e6;

    private Ratios() {}

    /** Whether the step has ratios, so that a milder one can be tried. */
    static boolean in(JobSpec.Step step) {
        return step.parameters().has(ONE) || step.parameters().has(SEVERAL);
    }

    /**
     * The parameters of the tasks to be issued, ratios filled in: one task for a step with {@code mac-ratios}, one for
     * each ratio of {@code mac-ratio}, and none if the parent is small enough already.
     *
     * @param objective MACs left over / original that the job asks for; {@code null} if it does not
     * @param own the same figure of the parent, 1 for the original
     * @param stepsBack how often to go half of the way to 1
     */
    static List<ObjectNode> parameters(JobSpec.Step step, Double objective, double own, int stepsBack) {
        ObjectNode parameters = step.parameters().deepCopy();
        if (!in(step)) {
            return List.of(parameters);
        }
        String field = parameters.has(SEVERAL) ? SEVERAL : ONE;
        List<Double> ratios = new ArrayList<>();
        // Taken out, so that no copy carries the ratios of all others.
        JsonNode asked = parameters.remove(field);
        for (JsonNode ratio : asked.isArray() ? asked : parameters.arrayNode().add(asked)) {
            double target = ratio.isNumber() ? ratio.doubleValue() : objective / own;
            if (target < 1) {
                ratios.add(milder(target, stepsBack));
            }
        }
        if (field.equals(ONE)) {
            return ratios.stream()
                    .map(ratio -> parameters.deepCopy().put(ONE, ratio))
                    .toList();
        }
        ArrayNode list = parameters.putArray(SEVERAL);
        ratios.forEach(list::add);
        return ratios.isEmpty() ? List.of() : List.of(parameters);
    }

    /** Half of the way to 1, {@code steps} times; rounded down, so that the target is met after rounding, too. */
    private static double milder(double ratio, int steps) {
        double milder = 1 - (1 - ratio) / (1 << steps);
        return Math.floor(milder * PRECISION + 1e-9 * PRECISION) / PRECISION;
    }
}
