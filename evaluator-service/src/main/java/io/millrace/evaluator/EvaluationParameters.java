package io.millrace.evaluator;

import java.util.List;

/**
 * What an evaluation is asked for.
 *
 * @param metric the one the job decides by: {@code top1}, {@code top5} or {@code agreement}; default {@code top1}
 * @param batch samples in one timed run; default 16
 * @param threads of one timed run; default 2
 */
public record EvaluationParameters(String metric, Integer batch, Integer threads) {
    /** The metrics there are. */
    public static final List<String> METRICS = List.of("top1", "top5", "agreement");

    public EvaluationParameters {
        metric = metric == null ? "top1" : metric;
        batch = batch == null ? 16 : batch;
        threads = threads == null ? 2 : threads;
        if (!METRICS.contains(metric)) {
            throw new IllegalArgumentException("metric '" + metric + "' is not known; use one of " + METRICS);
        }
        if (batch < 1 || batch > 4096) {
            throw new IllegalArgumentException("batch must be 1 to 4096, not " + batch);
        }
        if (threads < 1 || threads > 256) {
            throw new IllegalArgumentException("threads must be 1 to 256, not " + threads);
        }
    }
}
