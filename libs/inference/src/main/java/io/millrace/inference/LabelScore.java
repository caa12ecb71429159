package io.millrace.inference;

import io.millrace.data.InvalidDataException;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** How well one output answers labels: counts over samples, added batch by batch. */
final class LabelScore {
    private final ModelOutput output;
    private final boolean binary;
    private long samples;
    private long first;
    private long firstFive;
    private int classes;
    private float[] scores = new float[256];
    private byte[] truths = new byte[256];
    private boolean probabilities = true;

    LabelScore(ModelOutput output) {
        this.output = output;
        this.binary = output.kind() == io.millrace.onnx.output.OutputKind.BINARY_SCORE;
    }

    ModelOutput output() {
        return output;
    }

    /** Takes in the first samples of a batch, as many as there are labels. */
    void add(Tensor values, long[] labels) {
        classes = binary ? 2 : (int) values.dim(output.axis());
        if (values.count() < (long) labels.length * (binary ? 1 : classes)) {
            throw new InvalidDataException(
                    "output '%s' gave %s for %d samples".formatted(output.name(), values, labels.length));
        }
        float[] numbers = values.floats();
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new InvalidDataException("label %d of sample %d is outside the %d classes of output '%s'"
                        .formatted(labels[i], samples, classes, output.name()));
            }
            if (binary) {
                addScore(numbers[i], (byte) labels[i]);
            } else {
                int rank = rank(numbers, i * classes, (int) labels[i]);
                first += rank == 0 ? 1 : 0;
                firstFive += rank < 5 ? 1 : 0;
            }
            samples++;
        }
    }

    private void addScore(float score, byte truth) {
        int at = (int) samples;
        if (at == scores.length) {
            scores = Arrays.copyOf(scores, 2 * at);
            truths = Arrays.copyOf(truths, 2 * at);
        }
        scores[at] = score;
        truths[at] = truth;
        probabilities &= score >= 0 && score <= 1;
    }

    /** How many classes come before this one; of equal scores the lower class comes first, and NaN comes before all. */
    private int rank(float[] numbers, int row, int label) {
        float own = numbers[row + label];
        if (Float.isNaN(own)) {
            return classes;
        }
        int before = 0;
        for (int c = 0; c < classes; c++) {
            float score = numbers[row + c];
            if (!(score < own) && (score != own || c < label)) {
                before++;
            }
        }
        return before;
    }

    /** Whether a single score looks like a probability, so that 0.5 is its middle, and not 0. */
    boolean asProbability() {
        return output.normalised() || probabilities;
    }

    /**
     * {@code top1}; {@code top5} where there are more than five classes; {@code auc} for one score of two classes of which
     * both occur.
     *
     * @param asProbability how a single score is to be read
     */
    Map<String, Double> figures(boolean asProbability) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("top1", (binary ? right(asProbability ? 0.5f : 0) : first) / (double) samples);
        if (classes > 5) {
            figures.put("top5", firstFive / (double) samples);
        }
        if (binary) {
            double auc = auc();
            if (!Double.isNaN(auc)) {
                figures.put("auc", auc);
            }
        }
        return figures;
    }

    private long right(float middle) {
        long right = 0;
        for (int i = 0; i < samples; i++) {
            right += !Float.isNaN(scores[i]) && (scores[i] > middle) == (truths[i] == 1) ? 1 : 0;
        }
        return right;
    }

    /** Probability that a sample of class 1 scores higher than one of class 0, ties by half (Mann-Whitney). */
    private double auc() {
        Integer[] order = new Integer[(int) samples];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Float.compare(scores[a], scores[b]));
        double ranks = 0;
        long ones = 0;
        for (int from = 0, to; from < order.length; from = to) {
            to = from + 1;
            while (to < order.length && scores[order[to]] == scores[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                if (truths[order[i]] == 1) {
                    ranks += (from + to + 1) / 2.0;
                    ones++;
                }
            }
        }
        long zeros = samples - ones;
        return ones == 0 || zeros == 0 ? Double.NaN : (ranks - ones * (ones + 1) / 2.0) / ((double) ones * zeros);
    }
}
