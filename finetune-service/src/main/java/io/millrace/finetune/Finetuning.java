package io.millrace.finetune;

import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.NoiseFloor;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.OutputDifference;
import io.millrace.onnx.output.Tolerance;
import io.millrace.tensor.DifferentiableModel;
import io.millrace.tensor.Trainer;
import io.millrace.tensor.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Trains a model on a data set by labels, by the outputs of an original model, or both. Batch normalization uses batch
 * statistics while training, and its running statistics follow. The same seed and number of threads give the same
 * weights, also across {@link #save} and {@link #resume} between any two steps.
 */
public final class Finetuning implements AutoCloseable {
    private static final String POSITION = "@position";
    private static final String HISTORY = "@history";

    private final OnnxModel start;
    private final Dataset data;
    private final FinetuneParameters parameters;
    private final long seed;
    private final int batch;
    private final long stepsPerEpoch;
    private final Schedule schedule;
    private final ImageAugmentation augmentation;
    private final DifferentiableModel model;
    private final Trainer trainer;
    private final Teacher teacher;
    private final List<Epoch> epochs = new ArrayList<>();
    private double lossSum;
    private long correct;

    /**
     * Mean figures of one epoch on the training data.
     *
     * @param accuracy share of the samples whose label, or whose teacher's choice, was met; of the model as it was in
     *     each step
     */
    public record Epoch(double loss, double accuracy) {}

    /** Told after each step. */
    @FunctionalInterface
    public interface Listener {
        void afterStep(Finetuning training) throws IOException;
    }

    /**
     * Checks everything that can be checked before the first step.
     *
     * @param original the teacher; {@code null} if there is none to learn from
     * @param data bound to the model
     * @param threads of training and teacher
     * @throws IllegalArgumentException if there is neither a label nor a teacher, or the data is too small
     * @throws io.millrace.tensor.UnsupportedOperatorException if the model cannot be trained
     */
    public Finetuning(
            OnnxModel model, OnnxModel original, Dataset data, FinetuneParameters parameters, long seed, int threads) {
        boolean labelled = !data.labelKind().equals("none");
        boolean taught = !labelled || parameters.distill() != null;
        if (taught && original == null) {
            throw new IllegalArgumentException(
                    labelled
                            ? "distill needs the original model, which this task does not have"
                            : "the training data has no labels and the task no original model to learn from");
        }
        this.start = model;
        this.data = data;
        this.parameters = parameters;
        this.seed = seed;
        this.model = DifferentiableModel.of(model, TrainingOptions.withThreads(threads));
        OptionalInt fixed = checkEqualsRuntime(threads);
        long samples = parameters.limit() > 0 ? Math.min(parameters.limit(), data.size()) : data.size();
        this.batch = fixed.orElse((int) Math.min(parameters.batch(), samples));
        this.stepsPerEpoch = samples / batch;
        if (stepsPerEpoch == 0) {
            throw new IllegalArgumentException(
                    "%d samples for training, but the model takes batches of %d".formatted(samples, batch));
        }
        this.schedule = Schedule.of(parameters, stepsPerEpoch);
        this.augmentation = new ImageAugmentation(parameters.augment());
        this.teacher =
                taught ? new Teacher(original, threads, parameters.augment().any() ? 0 : data.size()) : null;
        this.trainer = new Trainer(this.model, parameters.optimizerSettings(), parameters.loss(labelled), seed);
    }

    /** A wrong mapping must never train: outputs of libtorch and of ONNX Runtime are compared on a few samples. */
    private OptionalInt checkEqualsRuntime(int threads) {
        SessionOptions options = SessionOptions.threads(threads);
        try (OnnxSession session = OnnxSession.open(start, options)) {
            int size = session.fixedBatch().orElse((int) Math.min(8, data.size()));
            try (Batches few = data.batches(BatchOptions.inOrder(size).limitedTo(size))) {
                Batch batch = few.iterator().next();
                Map<String, Tensor> inputs = batch.inputsPaddedTo(size);
                Map<String, Tensor> expected = session.run(inputs);
                OutputDifference difference = OutputDifference.between(expected, model.forward(inputs));
                Tolerance tolerance = Tolerance.of(start).forNewWeights();
                if (difference.beyond(tolerance).isPresent()) {
                    difference
                            .beyond(tolerance.with(NoiseFloor.of(start, inputs, options)))
                            .ifPresent(flaw -> {
                                throw new NotEqualException(
                                        "libtorch does not give what ONNX Runtime does: " + flaw.words());
                            });
                }
            }
            return session.fixedBatch();
        }
    }

    /** The differentiable graph and ONNX Runtime disagree: nothing may be trained then. */
    public static final class NotEqualException extends RuntimeException {
        NotEqualException(String message) {
            super(message);
        }
    }

    /** The loss is no number any more. */
    public static final class DivergedException extends RuntimeException {
        DivergedException(String message) {
            super(message);
        }
    }

    /**
     * Trains to the end, from the start or from where {@link #resume} put it.
     *
     * @throws DivergedException if the loss is not finite
     */
    public void train(Listener listener) throws IOException {
        while (stepsDone() < steps()) {
            int epoch = epochs.size();
            long done = stepsDone() - epoch * stepsPerEpoch;
            BatchOptions options = new BatchOptions(batch, seed * 1_000_003 + epoch, stepsPerEpoch * batch, true);
            try (Batches batches = data.batches(options)) {
                long number = 0;
                for (Batch next : batches) {
                    if (number++ >= done) {
                        step(next);
                        if (number == stepsPerEpoch) {
                            closeEpoch();
                        }
                        listener.afterStep(this);
                    }
                }
            }
        }
    }

    private void step(Batch raw) {
        long number = stepsDone();
        Map<String, Tensor> inputs = augmentation.of(raw.inputs(), seed * 7_919 + number);
        Batch next = new Batch(inputs, raw.labels(), raw.size(), raw.positions());
        Trainer.Step step = trainer.step(
                inputs, raw.labels(), teacher == null ? null : teacher.logits(next), schedule.rateAt(number));
        if (!Double.isFinite(step.loss())) {
            throw new DivergedException(
                    "training diverged: the loss is %s after %d of %d steps; lower learning-rate (%s)"
                            .formatted(step.loss(), number + 1, steps(), parameters.learningRate()));
        }
        lossSum += step.loss();
        correct += step.correct();
    }

    private void closeEpoch() {
        epochs.add(new Epoch(lossSum / stepsPerEpoch, (double) correct / (stepsPerEpoch * batch)));
        lossSum = 0;
        correct = 0;
    }

    /** Steps done, those before a resume included. */
    public long stepsDone() {
        return trainer.steps();
    }

    /** Steps of the whole training. */
    public long steps() {
        return schedule.steps();
    }

    /** Epochs of the whole training. */
    public int totalEpochs() {
        return parameters.epochs();
    }

    /** What a user should know of how this was trained. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (batch != parameters.batch()) {
            notes.add("trained in batches of %d, not %d: the model or the data has no other"
                    .formatted(batch, parameters.batch()));
        }
        if (data.labelKind().equals("none")) {
            notes.add("the data has no labels: trained by the original's outputs alone");
        }
        return notes;
    }

    /** Samples of one step. */
    public int batch() {
        return batch;
    }

    /** Epochs that are complete. */
    public List<Epoch> epochs() {
        return Collections.unmodifiableList(epochs);
    }

    /** Figures of the running epoch so far, or of the last one right after its end. */
    public Epoch current() {
        long done = stepsDone() - epochs.size() * stepsPerEpoch;
        if (done == 0) {
            return epochs.isEmpty() ? new Epoch(0, 0) : epochs.get(epochs.size() - 1);
        }
        return new Epoch(lossSum / done, (double) correct / (done * batch));
    }

    /** The model as it is now. */
    public OnnxModel model() {
        return model.toModel();
    }

    /** Writes everything the rest of the training depends on. */
    public void save(Path checkpoint) throws IOException {
        long[] history = new long[2 * epochs.size()];
        for (int i = 0; i < epochs.size(); i++) {
            history[2 * i] = Double.doubleToLongBits(epochs.get(i).loss());
            history[2 * i + 1] = Double.doubleToLongBits(epochs.get(i).accuracy());
        }
        long[] position = {stepsPerEpoch, batch, Double.doubleToLongBits(lossSum), correct};
        trainer.save(
                checkpoint,
                Map.of(
                        POSITION, Tensor.ofLongs(position, position.length),
                        HISTORY, Tensor.ofLongs(history, history.length)));
    }

    /**
     * Goes on from a checkpoint.
     *
     * @throws IOException if it is of another model or data set; nothing is changed then, as far as can be told before
     */
    public void resume(Path checkpoint) throws IOException {
        Map<String, Tensor> saved = trainer.restore(checkpoint);
        long[] position = saved.get(POSITION).longs();
        if (position[0] != stepsPerEpoch || position[1] != batch) {
            throw new IOException("the checkpoint is of %s steps of %s samples an epoch, not %d of %d"
                    .formatted(position[0], position[1], stepsPerEpoch, batch));
        }
        lossSum = Double.longBitsToDouble(position[2]);
        correct = position[3];
        epochs.clear();
        double[] history = Arrays.stream(saved.get(HISTORY).longs())
                .mapToDouble(Double::longBitsToDouble)
                .toArray();
        for (int i = 0; i < history.length; i += 2) {
            epochs.add(new Epoch(history[i], history[i + 1]));
        }
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
        if (teacher != null) {
            teacher.close();
        }
    }
}
