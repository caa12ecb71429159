package io.millrace.finetune;

import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.tensor.Trainer;

/**
 * A part of the training data that nothing is trained on: it tells whether training has made a model better or worse.
 *
 * @param samples how many; 0 where the data is too small to keep any
 */
public record KeptAside(Dataset data, long seed, long samples, int batch) {
    private static final long LEAST = 32;
    private static final long MOST = 1024;

    /** A twentieth of what there is, in whole batches where the model takes one size only. */
    static KeptAside of(Dataset data, long seed, long available, int batch, boolean fixedBatch) {
        long wanted = Math.min(MOST, available / 20);
        long whole = fixedBatch ? wanted / batch * batch : wanted;
        return new KeptAside(data, seed, whole < LEAST ? 0 : whole, batch);
    }

    /**
     * Figures on these samples.
     *
     * @param loss mean
     * @param accuracy share whose label, or whose teacher's choice, was met; {@code null} where outputs make no choice
     */
    public record Figures(double loss, Double accuracy) {

        /** Whether these are worse: a larger loss that no higher share of right choices makes up for. */
        boolean worseThan(Figures other) {
            if (!Double.isFinite(loss)) {
                return true;
            }
            return loss > other.loss && (accuracy == null || other.accuracy == null || accuracy <= other.accuracy);
        }
    }

    /** The model as it is now. */
    Figures look(Trainer trainer, Teacher teacher) {
        double loss = 0;
        long correct = 0;
        boolean choices = true;
        long seen = 0;
        try (Batches batches = data.batches(BatchOptions.inOrder(batch).onlyDrawn(seed, samples))) {
            for (Batch next : batches) {
                Trainer.Step step =
                        trainer.look(next.inputs(), next.labels(), teacher == null ? null : teacher.logits(next));
                loss += step.loss() * next.size();
                choices &= step.correct() != null;
                correct += step.correct() == null ? 0 : step.correct();
                seen += next.size();
            }
        }
        return new Figures(loss / seen, choices ? (double) correct / seen : null);
    }

    /** What is left for training. */
    BatchOptions without(BatchOptions options) {
        return samples == 0 ? options : options.withoutDrawn(seed, samples);
    }
}
