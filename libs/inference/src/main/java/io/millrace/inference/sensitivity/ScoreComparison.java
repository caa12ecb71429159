package io.millrace.inference.sensitivity;

import io.millrace.onnx.Tensor;

/**
 * Scores that each answer yes or no: the mean Kullback-Leibler divergence of the two answers' probabilities. Where there
 * is one question a sample, agreement is the share of equal answers; where there are several, most of them are no, so it
 * is the F1 score of what is answered yes.
 */
final class ScoreComparison implements OutputComparison {
    private static final double FLOOR = 1e-12;

    private final boolean normalised;
    private final boolean single;
    private double divergence;
    private long equal;
    private long both;
    private long either;
    private long count;

    /** @param normalised whether the scores are probabilities; otherwise they are logits */
    ScoreComparison(boolean normalised, boolean single) {
        this.normalised = normalised;
        this.single = single;
    }

    @Override
    public void add(Tensor expected, Tensor actual, int rows) {
        float[] wanted = expected.floats();
        float[] given = actual.floats();
        int end = OutputComparison.counted(expected, rows);
        double middle = normalised ? 0.5 : 0;
        for (int i = 0; i < end; i++) {
            double p = probability(wanted[i]);
            double q = probability(given[i]);
            divergence += p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
            boolean yes = wanted[i] > middle;
            boolean says = given[i] > middle;
            equal += yes == says && !Float.isNaN(given[i]) && !Float.isNaN(wanted[i]) ? 1 : 0;
            both += yes && says ? 1 : 0;
            either += (yes ? 1 : 0) + (says ? 1 : 0);
            count++;
        }
    }

    private double probability(double score) {
        double p = normalised ? score : 1 / (1 + Math.exp(-score));
        return Double.isNaN(p) ? p : Math.min(1 - FLOOR, Math.max(FLOOR, p));
    }

    @Override
    public double loss() {
        return Double.isNaN(divergence) ? Double.POSITIVE_INFINITY : divergence / count;
    }

    @Override
    public double agreement() {
        boolean byYes = !single && either > 0;
        return Double.isNaN(divergence) && byYes ? 0 : byYes ? 2.0 * both / either : (double) equal / count;
    }
}
