package io.millrace.inference;

import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.data.InvalidDataException;
import io.millrace.onnx.Tensor;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well a classifier does: {@code top1} and {@code top5} against the labels, {@code agreement} of its first choice
 * with another model's. All are fractions of 1. The model's first output with a row of scores per sample counts.
 */
public final class ClassificationMetric {
    private static final int BATCH = 64;

    private final OnnxSession model;
    private final OnnxSession other;
    private long samples;
    private long first;
    private long firstFive;
    private long agreeing;
    private int classes;

    private ClassificationMetric(OnnxSession model, OnnxSession other) {
        this.model = model;
        this.other = other;
    }

    /**
     * Measures against labels.
     *
     * @param data bound to the model
     * @param limit at most so many samples; 0 for all
     * @return {@code top1}, and {@code top5} where there are more than five classes
     * @throws InvalidDataException if the data set has no labels, or one lies outside the model's scores
     */
    public static Map<String, Double> of(OnnxSession model, Dataset data, long limit, ProgressListener listener) {
        return against(model, null, data, limit, listener);
    }

    /**
     * Measures against labels, where there are any, and against another model ({@code agreement}), in one pass.
     *
     * @param other takes the same inputs; {@code null} for none
     */
    public static Map<String, Double> against(
            OnnxSession model, OnnxSession other, Dataset data, long limit, ProgressListener listener) {
        return new ClassificationMetric(model, other).measure(data, limit, listener);
    }

    private Map<String, Double> measure(Dataset data, long limit, ProgressListener listener) {
        boolean labelled = data.labelKind().equals("class");
        if (!labelled && other == null) {
            throw new InvalidDataException(data.folder() + ": has no labels to measure against; name their array in"
                    + " dataset.json, or measure the agreement with another model");
        }
        int size = model.fixedBatch()
                .orElse(other == null ? BATCH : other.fixedBatch().orElse(BATCH));
        try (Batches batches = data.batches(BatchOptions.inOrder(size).limitedTo(limit))) {
            for (Batch batch : batches) {
                Map<String, Tensor> inputs =
                        batch.inputsPaddedTo(model.fixedBatch().orElse(batch.size()));
                Tensor scores = scores(model.run(inputs));
                count(batch, scores, labelled);
                if (other != null) {
                    compare(scores, scores(other.run(inputs)), batch.size());
                }
                samples += batch.size();
                listener.progress(samples, batches.samples());
            }
        }
        return figures(labelled);
    }

    private Map<String, Double> figures(boolean labelled) {
        Map<String, Double> figures = new LinkedHashMap<>();
        if (labelled) {
            figures.put("top1", first / (double) samples);
            if (classes > 5) {
                figures.put("top5", firstFive / (double) samples);
            }
        }
        if (other != null) {
            figures.put("agreement", agreeing / (double) samples);
        }
        return figures;
    }

    /** The first output that has a row per sample: [N, K], also [N, K, 1, 1]. */
    private static Tensor scores(Map<String, Tensor> outputs) {
        for (Tensor output : outputs.values()) {
            if (output.type().isFloatingPoint()
                    && output.rank() >= 2
                    && output.dim(1) > 1
                    && output.count() == output.dim(0) * output.dim(1)) {
                return output.as(io.millrace.onnx.ElementType.FLOAT);
            }
        }
        throw new InvalidDataException("no output of the model is a row of scores per sample [N, classes]; they are "
                + List.copyOf(outputs.values()));
    }

    private void count(Batch batch, Tensor scores, boolean labelled) {
        classes = (int) scores.dim(1);
        if (scores.dim(0) < batch.size()) {
            throw new InvalidDataException(
                    "the model gave %d rows of scores for %d samples".formatted(scores.dim(0), batch.size()));
        }
        FloatBuffer values = scores.bytes().asFloatBuffer();
        for (int i = 0; labelled && i < batch.size(); i++) {
            long label = batch.labels()[i];
            if (label < 0 || label >= classes) {
                throw new InvalidDataException("label %d of sample %d is outside the %d classes of the model's output"
                        .formatted(label, samples + i, classes));
            }
            int rank = rank(values, i * classes, (int) label);
            first += rank == 0 ? 1 : 0;
            firstFive += rank < 5 ? 1 : 0;
        }
    }

    /** How many classes come before this one; of equal scores the lower class comes first, and NaN comes before all. */
    private int rank(FloatBuffer scores, int row, int label) {
        float own = scores.get(row + label);
        if (Float.isNaN(own)) {
            return classes;
        }
        int before = 0;
        for (int c = 0; c < classes; c++) {
            float score = scores.get(row + c);
            if (!(score < own) && (score != own || c < label)) {
                before++;
            }
        }
        return before;
    }

    private void compare(Tensor mine, Tensor theirs, int rows) {
        if (mine.dim(1) != theirs.dim(1)) {
            throw new InvalidDataException(
                    "the models compared have %d and %d classes".formatted(mine.dim(1), theirs.dim(1)));
        }
        FloatBuffer a = mine.bytes().asFloatBuffer();
        FloatBuffer b = theirs.bytes().asFloatBuffer();
        for (int i = 0; i < rows; i++) {
            agreeing += argmax(a, i * classes) == argmax(b, i * classes) ? 1 : 0;
        }
    }

    private int argmax(FloatBuffer scores, int row) {
        int best = 0;
        for (int c = 1; c < classes; c++) {
            if (scores.get(row + c) > scores.get(row + best)) {
                best = c;
            }
        }
        return best;
    }
}
