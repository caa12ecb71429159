package io.millrace.contracts.task;

import java.util.Map;

/**
 * Figures of one model.
 *
 * @param metrics by name: {@code top1}, {@code top5}, {@code agreement}; fractions of 1
 * @param macs multiply-accumulates of one sample
 * @param parameters trained numbers
 * @param bytes size of the model as a file
 * @param latency time of one batch against the original model, {@code null} if not measured
 */
public record Evaluation(Map<String, Double> metrics, long macs, long parameters, long bytes, Latency latency) {

    public Evaluation {
        metrics = Map.copyOf(metrics);
    }

    /**
     * Measured in turn with the original (A B A B), after warm-up.
     *
     * @param medianMillis of one batch of this model; {@code lowMillis}, {@code highMillis} bound its 95 % confidence
     *     interval
     * @param originalMedianMillis of the original in the same run
     * @param speedUp original / this; above 1 is faster; exactly 1 where the difference lies inside the interval
     */
    public record Latency(
            double medianMillis,
            double lowMillis,
            double highMillis,
            double originalMedianMillis,
            double speedUp,
            int batch,
            int threads) {}
}
