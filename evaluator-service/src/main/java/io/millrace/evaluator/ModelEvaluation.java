package io.millrace.evaluator;

import io.millrace.contracts.task.Evaluation;
import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.Answers;
import io.millrace.inference.KnownOutputs;
import io.millrace.inference.LatencyComparison;
import io.millrace.inference.ModelMetrics;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.ProgressListener;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.cost.LayerCost;
import io.millrace.onnx.output.ModelOutput;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Measures one model on one data set: metrics, costs, and time against another model. */
final class ModelEvaluation {
    private static final int MOST_WORDS = 16;

    private final Dataset data;
    private final EvaluationParameters parameters;
    private final Map<String, String> declared;
    private final KeptAnswers kept;
    private final Function<String, ProgressListener> progress;

    /**
     * Figures, and why some are absent.
     *
     * @param absent reasons by name of the metric
     */
    record Measured(Evaluation figures, Map<String, String> absent) {}

    /**
     * @param declared what the job says of the outputs
     * @param kept where the original's answers may lie
     * @param progress gives the listener of an activity
     */
    ModelEvaluation(
            Dataset data,
            EvaluationParameters parameters,
            Map<String, String> declared,
            KeptAnswers kept,
            Function<String, ProgressListener> progress) {
        this.data = data;
        this.parameters = parameters;
        this.declared = declared;
        this.kept = kept;
        this.progress = progress;
    }

    /**
     * The figures of the model everything else is compared with.
     *
     * @param name of model and data by their content
     */
    Measured ofOriginal(Subject original, String name) {
        Dataset bound = original.bind(data);
        List<ModelOutput> outputs = KnownOutputs.of(original.model(), bound, declared);
        try (OnnxSession session = original.open(allCores())) {
            int batch = ModelMetrics.batchFor(session);
            KeptAnswers.Recording answers = kept.record(Answers.of(session));
            ModelMetrics.Result result =
                    new ModelMetrics(outputs, bound).ofOriginal(answers, batch, 0, listener("measuring the metric"));
            answers.keep(name + "/" + batch);
            return measured(original, original, words(outputs, result), result, result.notes(), null);
        }
    }

    /**
     * The figures of a model, agreement and time against the original.
     *
     * @param name of the original and the data by their content
     */
    Measured of(Subject subject, Subject original, String name) {
        Dataset bound = subject.bind(data);
        List<ModelOutput> outputs = KnownOutputs.of(original.model(), bound, declared);
        ModelMetrics.Result result;
        try (OnnxSession session = subject.open(allCores())) {
            result = compare(session, original, new ModelMetrics(outputs, bound), name);
        }
        return measured(subject, original, Map.of(), result, List.of(), latency(subject, original, bound));
    }

    private ModelMetrics.Result compare(OnnxSession session, Subject original, ModelMetrics metrics, String name) {
        int batch = ModelMetrics.batchFor(session);
        ProgressListener listener = listener("measuring the metric");
        Optional<Answers> known = kept.find(name + "/" + batch);
        if (known.isPresent()) {
            return metrics.of(Answers.of(session), known.get(), batch, 0, listener);
        }
        try (OnnxSession reference = original.open(allCores())) {
            KeptAnswers.Recording answers = kept.record(Answers.of(reference));
            ModelMetrics.Result result = metrics.of(Answers.of(session), answers, batch, 0, listener);
            answers.keep(name + "/" + batch);
            return result;
        }
    }

    private Evaluation.Latency latency(Subject subject, Subject original, Dataset bound) {
        int batch = batchOf(subject, original);
        LatencyComparison.Result result = LatencyComparison.measureAnew(
                () -> original.open(parameters.threads()),
                () -> subject.open(parameters.threads()),
                someSamples(bound, batch),
                LatencyComparison.Effort.usual(),
                listener("measuring the time of a batch"));
        return new Evaluation.Latency(
                result.medianMillis(),
                result.lowMillis(),
                result.highMillis(),
                result.originalMedianMillis(),
                result.speedUp(),
                result.speedUpLow(),
                result.speedUpHigh(),
                batch,
                parameters.threads(),
                result.unmeasured());
    }

    private int batchOf(Subject subject, Subject original) {
        try (OnnxSession reference = original.open(parameters.threads());
                OnnxSession session = subject.open(parameters.threads())) {
            return session.fixedBatch().orElse(reference.fixedBatch().orElse(parameters.batch()));
        }
    }

    private static Map<String, Tensor> someSamples(Dataset bound, int count) {
        try (Batches batches =
                bound.batches(BatchOptions.shuffled(count, 1).limitedTo(count).fillingLast())) {
            Batch first = batches.iterator().next();
            return first.inputs();
        }
    }

    /** What each output was taken for; of very many, the first. */
    private static Map<String, String> words(List<ModelOutput> outputs, ModelMetrics.Result result) {
        Map<String, String> words = new LinkedHashMap<>();
        for (ModelOutput output : outputs.subList(0, Math.min(MOST_WORDS, outputs.size()))) {
            String scored = output.name().equals(result.scored()) ? "; held against the labels" : "";
            words.put(
                    output.name(),
                    output.words() + "; agreement is the " + output.kind().agreement() + scored);
        }
        return words;
    }

    private static Measured measured(
            Subject subject,
            Subject original,
            Map<String, String> words,
            ModelMetrics.Result result,
            List<String> notes,
            Evaluation.Latency latency) {
        List<String> all = new ArrayList<>(notes);
        Costs partial = original.costs().isPartial() ? original.costs() : subject.costs();
        boolean counted = subject.costs().isCounted();
        if (partial.isPartial()) {
            LayerCost first = partial.uncounted().get(0);
            all.add((counted
                            ? "MACs and their ratio are of a part of the network: those of "
                            : "MACs are not counted, of ")
                    + partial.uncounted().stream()
                            .map(row -> row.node().label())
                            .limit(5)
                            .collect(Collectors.joining(", "))
                    + (counted ? " are not counted: " : ": ")
                    + first.uncounted());
        }
        if (subject != original && subject.holdsTheSameAs(original)) {
            all.add("nothing was changed: this is the original network");
        }
        return new Measured(
                new Evaluation(
                        result.figures(),
                        counted ? subject.costs().macs() : null,
                        subject.costs().parameters(),
                        subject.bytes(),
                        latency,
                        words,
                        all),
                result.absent());
    }

    private ProgressListener listener(String doing) {
        return progress.apply(doing);
    }

    private static int allCores() {
        return Runtime.getRuntime().availableProcessors();
    }
}
