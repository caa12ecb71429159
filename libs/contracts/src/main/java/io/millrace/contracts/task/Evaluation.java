package io.millrace.contracts.task;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Figures of one model. What was not measured has no entry, or is {@code null}, and a note says why.
 *
 * @param metrics by name, higher is better: {@code top1}, {@code top5}, {@code auc} are fractions of 1;
 *     {@code agreement} is 1 for the original's own answers, and may be below 0 where an output holds plain values
 * @param macs multiply-accumulates of one sample; {@code null} where those of no node are counted, and a note says why
 * @param parameters trained numbers
 * @param bytes size of the model as a file
 * @param latency time of one batch against the original model, {@code null} if not measured
 * @param outputs what each output of the model was taken for and why, by name
 * @param notes what a reader of the figures has to know: figures that are partial or flattered, an original no better
 *     than chance
 */
public record Evaluation(
        Map<String, Double> metrics,
        Long macs,
        long parameters,
        long bytes,
        Latency latency,
        Map<String, String> outputs,
        List<String> notes) {

    public Evaluation {
        metrics = Map.copyOf(metrics);
        outputs = outputs == null ? Map.of() : Map.copyOf(outputs);
        notes = notes == null ? List.of() : List.copyOf(notes);
    }

    /**
     * Measured in turn with the original, the order swapped each round, after a warm-up. The speed-up is the median of
     * the ratios of neighbours, with its 95 % bootstrap interval.
     *
     * @param medianMillis of one batch of this model; {@code lowMillis}, {@code highMillis} bound its 95 % confidence
     *     interval
     * @param originalMedianMillis of the original in the same run
     * @param speedUp original / this; above 1 is faster; {@code null} where the interval stayed too wide to name one
     * @param speedUpLow lower bound of the speed-up
     * @param speedUpHigh upper bound of the speed-up
     * @param unmeasured why there is no speed-up; {@code null} where there is one
     */
    public record Latency(
            double medianMillis,
            double lowMillis,
            double highMillis,
            double originalMedianMillis,
            Double speedUp,
            Double speedUpLow,
            Double speedUpHigh,
            int batch,
            int threads,
            String unmeasured) {

        /** Whether the measurement does not tell this model's time from the original's. */
        public boolean tie() {
            return speedUpLow == null || speedUpHigh == null || speedUpLow <= 1 && speedUpHigh >= 1;
        }

        /** Whether there is a speed-up; what was not measurable decides nothing, whatever its interval. */
        public boolean measured() {
            return speedUp != null && speedUpLow != null && speedUpHigh != null;
        }

        /** Whether this model is faster than another one, each measured against the original, beyond the intervals. */
        public boolean clearlyFasterThan(Latency other) {
            return measured() && other.measured() && speedUpLow > other.speedUpHigh;
        }

        /** The speed-up for people: {@code 1.52x}. */
        public String speed() {
            return speedUp == null ? "not measurable" : String.format(Locale.ROOT, "%.2fx", speedUp);
        }
    }
}
