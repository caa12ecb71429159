package io.millrace.evaluator;

import io.millrace.contracts.task.Evaluation;
import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.ClassificationMetric;
import io.millrace.inference.LatencyComparison;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.ProgressListener;
import io.millrace.onnx.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Measures one model on one data set: metrics, costs, and time against another model. */
final class ModelEvaluation {
    private final Dataset data;
    private final EvaluationParameters parameters;
    private final Function<String, ProgressListener> progress;

    /** @param progress gives the listener of an activity */
    ModelEvaluation(Dataset data, EvaluationParameters parameters, Function<String, ProgressListener> progress) {
        this.data = data;
        this.parameters = parameters;
        this.progress = progress;
    }

    /** The figures of the model everything else is compared with. */
    Evaluation ofOriginal(Subject original) {
        Dataset bound = original.bind(data);
        Map<String, Double> metrics = new HashMap<>();
        try (OnnxSession session = original.open(allCores())) {
            if (bound.labelKind().equals("class")) {
                metrics.putAll(ClassificationMetric.of(session, bound, 0, progress.apply("measuring the metric")));
            } else {
                ClassificationMetric.against(session, session, bound, 1, ProgressListener.NONE);
            }
        }
        metrics.put("agreement", 1.0);
        return evaluation(original, metrics, null);
    }

    /** The figures of a model, agreement and time against the original. */
    Evaluation of(Subject subject, Subject original) {
        Dataset bound = subject.bind(data);
        Map<String, Double> metrics;
        try (OnnxSession session = subject.open(allCores());
                OnnxSession reference = original.open(allCores())) {
            metrics =
                    ClassificationMetric.against(session, reference, bound, 0, progress.apply("measuring the metric"));
        }
        return evaluation(subject, metrics, latency(subject, original, bound));
    }

    private Evaluation.Latency latency(Subject subject, Subject original, Dataset bound) {
        try (OnnxSession reference = original.open(parameters.threads());
                OnnxSession session = subject.open(parameters.threads())) {
            int batch = session.fixedBatch().orElse(reference.fixedBatch().orElse(parameters.batch()));
            LatencyComparison.Result result = LatencyComparison.measure(
                    reference,
                    session,
                    firstSamples(bound, batch),
                    LatencyComparison.Effort.usual(),
                    progress.apply("measuring the time of a batch"));
            return new Evaluation.Latency(
                    result.medianMillis(),
                    result.lowMillis(),
                    result.highMillis(),
                    result.originalMedianMillis(),
                    result.speedUp(),
                    result.speedUp(),
                    result.speedUp(),
                    batch,
                    parameters.threads(),
                    null);
        }
    }

    private static Map<String, Tensor> firstSamples(Dataset bound, int count) {
        try (Batches batches = bound.batches(BatchOptions.inOrder(count).limitedTo(count))) {
            Batch first = batches.iterator().next();
            return first.inputsPaddedTo(count);
        }
    }

    private static Evaluation evaluation(Subject subject, Map<String, Double> metrics, Evaluation.Latency latency) {
        return new Evaluation(
                metrics,
                subject.costs().macs(),
                subject.costs().parameters(),
                subject.bytes(),
                latency,
                Map.of(),
                List.of());
    }

    private static int allCores() {
        return Runtime.getRuntime().availableProcessors();
    }
}
