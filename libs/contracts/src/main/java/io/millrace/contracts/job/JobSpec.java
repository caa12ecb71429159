package io.millrace.contracts.job;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a user asks for, checked and with its short form expanded.
 *
 * @param model {@code s3://} address of the ONNX model to compress
 * @param data addresses of data sets by role: {@code train}, {@code calibration}, {@code validation}
 * @param recipe rounds, in order
 * @param seed of every random choice
 * @param outputs what outputs of the model hold where the graph does not tell, by name: one of {@link #OUTPUT_KINDS}
 */
@JsonNaming(KebabCaseStrategy.class)
public record JobSpec(
        String name,
        String model,
        Map<String, String> data,
        Objective objective,
        List<Round> recipe,
        long seed,
        Map<String, String> outputs) {

    /** What a model's output may be said to hold. */
    public static final List<String> OUTPUT_KINDS = List.of(
            "class-scores",
            "probabilities",
            "binary-score",
            "independent-scores",
            "class-map",
            "class-indices",
            "boxes",
            "values",
            "embedding");

    /** What may be asked of a model's cost: shares of the original's, and a multiple of its speed. */
    public static final List<String> TARGETS = List.of("mac-ratio", "parameter-ratio", "size-ratio", "speed-up");

    /** What a candidate may be judged by. */
    public static final List<String> METRICS = List.of("top1", "top5", "auc", "agreement");

    public JobSpec {
        data = Map.copyOf(data);
        recipe = List.copyOf(recipe);
        outputs = outputs == null ? Map.of() : Map.copyOf(outputs);
    }

    /**
     * When a candidate is good enough.
     *
     * @param metric name of the metric compared with the original's, one of {@link #METRICS}
     * @param maxDrop largest drop of the metric that is accepted, as a fraction of 1
     * @param macRatio MACs left over / original; {@code null} where not asked for, as the following
     * @param parameterRatio parameters left over / original
     * @param sizeRatio bytes left over / original
     * @param speedUp measured time of the original / of the candidate, at least
     */
    @JsonNaming(KebabCaseStrategy.class)
    public record Objective(
            String metric, double maxDrop, Double macRatio, Double parameterRatio, Double sizeRatio, Double speedUp) {

        /** What is asked of the cost, by name as jobs write it, one of {@link JobSpec#TARGETS}. */
        public Map<String, Double> targets() {
            Map<String, Double> targets = new LinkedHashMap<>();
            targets.put("mac-ratio", macRatio);
            targets.put("parameter-ratio", parameterRatio);
            targets.put("size-ratio", sizeRatio);
            targets.put("speed-up", speedUp);
            targets.values().removeIf(Objects::isNull);
            return targets;
        }
    }

    /**
     * Turns each surviving candidate into new ones, and keeps some.
     *
     * @param step what makes the new candidates
     * @param finetune parameters of fine-tuning each of them; {@code null} for none
     */
    @JsonNaming(KebabCaseStrategy.class)
    public record Round(Step step, ObjectNode finetune, Keep keep) {}

    /**
     * @param kind {@code compress} or {@code quantize}, or the name of an outside stage
     * @param stage whose queue takes the task
     * @param action of that stage
     * @param parameters handed to the stage. {@code mac-ratios} lists target ratios of one task that makes several
     *     models; {@code mac-ratio} is the ratio of a task that makes one, or a list with one task for each. Instead of
     *     a number, {@code complement} stands for the objective's MAC ratio / the candidate's own. {@code parameter-ratio},
     *     {@code size-ratio} and {@code speed-up} are targets of every model; where there is none at all, those of the
     *     objective are meant
     */
    @JsonNaming(KebabCaseStrategy.class)
    public record Step(String kind, String stage, String action, ObjectNode parameters) {}

    /**
     * Which candidates survive a round.
     *
     * @param within largest drop of the metric below the original's that survives the round; {@code null}: any
     * @param top at most so many survive, best first; {@code null}: all
     * @param maxDrop largest drop of the metric below the parent's; {@code null}: any
     */
    @JsonNaming(KebabCaseStrategy.class)
    public record Keep(Double within, Integer top, Double maxDrop) {
        /** Everything survives. */
        public static final Keep ALL = new Keep(null, null, null);
    }
}
