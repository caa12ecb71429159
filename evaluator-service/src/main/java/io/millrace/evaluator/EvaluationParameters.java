package io.millrace.evaluator;

import io.millrace.contracts.job.JobSpec;

/**
 * What an evaluation is asked for.
 *
 * @param metric the one the job decides by, one of {@link JobSpec#METRICS}; default {@code top1}
 * @param batch samples in one timed run; default 16
 * @param threads of one timed run; default 2
 */
public record EvaluationParameters(String metric, Integer batch, Integer threads) {
    public EvaluationParameters {
        metric = metric == null ? "top1" : metric;
        batch = batch == null ? 16 : batch;
        threads = threads == null ? 2 : threads;
        if (!JobSpec.METRICS.contains(metric)) {
            throw new IllegalArgumentException("metric '" + metric + "' is not known; use one of " + JobSpec.METRICS);
        }
        if (batch < 1 || batch > 4096) {
            throw new IllegalArgumentException("batch must be 1 to 4096, not " + batch);
        }
        if (threads < 1 || threads > 256) {
            throw new IllegalArgumentException("threads must be 1 to 256, not " + threads);
        }
    }
}
