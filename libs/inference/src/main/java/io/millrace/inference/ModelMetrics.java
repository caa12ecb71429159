package io.millrace.inference;

import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.data.InvalidDataException;
import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ClassLabels;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.OutputKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How well a network does: {@code top1}, {@code top5} and {@code auc} of the output that the labels fit, and {@code
 * agreement} with the network it was made from, each output in the way of its kind (see {@link OutputDivergence}). Where
 * labels fit several outputs, the one that the original answers them best with is scored. All in one pass.
 */
public final class ModelMetrics {
    private final List<ModelOutput> outputs;
    private final Dataset data;
    private final Optional<ClassLabels> labels;

    /**
     * Figures, and what has to be said of them.
     *
     * @param figures by name; what could not be measured has no entry
     * @param absent why, by name, for the figures that have none
     * @param scored the output that was held against the labels; {@code null} without labels
     * @param notes what a reader has to know
     * @param samples that were measured on
     */
    public record Result(
            Map<String, Double> figures, Map<String, String> absent, String scored, List<String> notes, long samples) {}

    /**
     * @param outputs what the original's outputs hold
     * @param data bound to the model
     */
    public ModelMetrics(List<ModelOutput> outputs, Dataset data) {
        this.outputs = outputs;
        this.data = data;
        this.labels = data.labels();
    }

    /** The batch size of a pass with this model. */
    public static int batchFor(OnnxSession session) {
        return session.fixedBatch().orElse(64);
    }

    /**
     * The figures of the original itself, which agrees with itself by definition.
     *
     * @param limit at most so many samples; 0 for all
     */
    public Result ofOriginal(Answers original, int batch, long limit, ProgressListener listener) {
        return measure(original, null, batch, limit, listener);
    }

    /**
     * The figures of a network made from the original.
     *
     * @param limit at most so many samples; 0 for all
     */
    public Result of(Answers model, Answers original, int batch, long limit, ProgressListener listener) {
        return measure(model, original, batch, limit, listener);
    }

    private Result measure(Answers model, Answers original, int size, long limit, ProgressListener listener) {
        List<LabelScore> own = scores();
        List<LabelScore> originals = original == null ? own : scores();
        OutputDivergence divergence = new OutputDivergence(compared());
        LabelCounts counts = new LabelCounts();
        try (Batches batches = data.batches(BatchOptions.inOrder(size).limitedTo(limit))) {
            int number = 0;
            for (Batch batch : batches) {
                Map<String, Tensor> answers = model.to(number, batch);
                own.forEach(score -> score.add(answers.get(score.output().name()), batch.labels()));
                counts.add(batch.labels());
                if (original != null) {
                    requireAll(answers);
                    Map<String, Tensor> wanted = original.to(number, batch);
                    originals.forEach(
                            score -> score.add(wanted.get(score.output().name()), batch.labels()));
                    divergence.add(wanted, answers, batch.size());
                }
                number++;
                listener.progress(Math.min((long) number * size, batches.samples()), batches.samples());
            }
            Double agreement =
                    original == null ? Double.valueOf(1) : divergence.measured() ? divergence.agreement() : null;
            return result(own, originals, agreement, counts, batches.samples());
        }
    }

    private void requireAll(Map<String, Tensor> answers) {
        for (ModelOutput output : compared()) {
            if (!answers.containsKey(output.name())) {
                throw new InvalidDataException("the model has no output '%s', which the original has; it has %s"
                        .formatted(output.name(), answers.keySet()));
            }
        }
    }

    private List<LabelScore> scores() {
        return labels.isEmpty()
                ? List.of()
                : KnownOutputs.answering(outputs, labels).stream()
                        .map(LabelScore::new)
                        .toList();
    }

    /** The outputs whose change counts: those that labels or declarations single out, else all. */
    private List<ModelOutput> compared() {
        List<ModelOutput> answering = labels.isEmpty() ? List.of() : KnownOutputs.answering(outputs, labels);
        List<ModelOutput> declared =
                outputs.stream().filter(KnownOutputs::isDeclared).toList();
        return OutputDivergence.comparable(!answering.isEmpty() ? answering : !declared.isEmpty() ? declared : outputs);
    }

    private Result result(
            List<LabelScore> own, List<LabelScore> originals, Double agreement, LabelCounts counts, long samples) {
        Map<String, Double> figures = new LinkedHashMap<>();
        Map<String, String> absent = new LinkedHashMap<>();
        List<String> notes = new ArrayList<>();
        String scored = null;
        Optional<LabelScore> best = originals.stream().max(Comparator.comparingDouble(ModelMetrics::top1));
        if (best.isPresent()) {
            LabelScore chosen = own.get(originals.indexOf(best.get()));
            scored = chosen.output().name();
            figures.putAll(chosen.figures(best.get().asProbability()));
            for (ModelOutput vain : KnownOutputs.declaredInVain(outputs, labels.get())) {
                notes.add(
                        "the labels, %s, are held against the output '%s': they do not fit '%s', which is declared as %s of %d"
                                .formatted(
                                        labels.get(),
                                        scored,
                                        vain.name(),
                                        vain.kind().word(),
                                        vain.classes()));
            }
            if (counts.noBetterThanChance(top1(best.get()))) {
                notes.add(String.format(
                        Locale.ROOT,
                        "the original answers %.1f %% of the labels with its output '%s'; naming the most frequent"
                                + " label alone would answer %.1f %%: is it the right output (say which in outputs), and"
                                + " are data and preprocessing those of the training?",
                        100 * top1(best.get()),
                        scored,
                        100 * counts.mostFrequent()));
            }
        }
        if (agreement == null) {
            absent.put("agreement", "the outputs are empty");
        } else if (!Double.isFinite(agreement)) {
            absent.put("agreement", "the model's outputs are NaN or infinite");
        } else {
            figures.put("agreement", agreement);
        }
        absences(figures, absent);
        return new Result(figures, absent, scored, notes, samples);
    }

    private static double top1(LabelScore score) {
        return score.figures(score.asProbability()).get("top1");
    }

    private void absences(Map<String, Double> figures, Map<String, String> absent) {
        for (String metric : List.of("top1", "top5", "auc")) {
            if (!figures.containsKey(metric)) {
                absent.put(metric, reason(metric, figures));
            }
        }
    }

    private String reason(String metric, Map<String, Double> figures) {
        if (labels.isEmpty()) {
            return "the data set has no labels";
        }
        if (figures.containsKey("top1")) {
            return metric.equals("top5")
                    ? "the model has no more than five classes"
                    : "it is of one score that tells two classes apart, both of which occur";
        }
        return "the labels, %s, fit none of the outputs: %s"
                .formatted(
                        labels.get(),
                        outputs.stream()
                                .map(o -> o.name() + " (" + o.kind().word()
                                        + (o.kind() == OutputKind.VALUES || o.classes() < 0 ? "" : " of " + o.classes())
                                        + ")")
                                .toList());
    }
}
