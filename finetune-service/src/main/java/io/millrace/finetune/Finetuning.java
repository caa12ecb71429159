package io.millrace.finetune;

import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.NoiseFloor;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.OutputDifference;
import io.millrace.onnx.output.Tolerance;
import io.millrace.tensor.DifferentiableModel;
import io.millrace.tensor.Loss;
import io.millrace.tensor.Trainer;
import io.millrace.tensor.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Trains a model on a data set by labels, by the outputs of an original model, or both. Batch normalization uses batch
 * statistics while training, and its running statistics follow. The same seed and number of threads give the same
 * weights, also across {@link #save} and {@link #resume} between any two steps.
 */
public final class Finetuning implements AutoCloseable {
    private static final String POSITION = "@position";
    private static final String HISTORY = "@history";

    private static final int RETRIES = 3;

    private final OnnxModel start;
    private final Dataset data;
    private final FinetuneParameters parameters;
    private final long seed;
    private final TrainingOptions options;
    private final ModelOutput learned;
    private final Loss loss;
    private final int batch;
    private final long stepsPerEpoch;
    private final ImageAugmentation augmentation;
    private final KeptAside aside;
    private final Teacher teacher;
    private final List<Epoch> epochs = new ArrayList<>();
    private final List<String> setbacks = new ArrayList<>();
    private DifferentiableModel model;
    private Trainer trainer;
    private Schedule schedule;
    /** How often training diverged and began again. */
    private int retries;

    private boolean givenUp;
    private KeptAside.Figures before;
    private KeptAside.Figures after;
    private double lossSum;
    private long correct;
    private boolean choices = true;

    /**
     * Mean figures of one epoch on the training data.
     *
     * @param accuracy share of the samples whose label, or whose teacher's choice, was met; of the model as it was in
     *     each step; {@code null} where outputs make no choice
     */
    public record Epoch(double loss, Double accuracy) {}

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
     * @param declared what the job says of outputs, by name
     * @param threads of training and teacher
     * @throws IllegalArgumentException if there is neither a label nor a teacher, the labels fit no output, or the data
     *     is too small
     * @throws io.millrace.tensor.UnsupportedOperatorException if the model cannot be trained
     */
    public Finetuning(
            OnnxModel model,
            OnnxModel original,
            Dataset data,
            Map<String, String> declared,
            FinetuneParameters parameters,
            long seed,
            int threads) {
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
        this.options = TrainingOptions.withThreads(threads);
        this.learned = LearnedOutput.of(model, data, declared, labelled);
        this.loss = TrainingSettings.loss(parameters, labelled).of(LearnedOutput.kindOfScores(learned));
        this.model = DifferentiableModel.of(model, learned.scores(), options);
        OptionalInt fixed = checkEqualsRuntime(threads);
        long available = parameters.limit() > 0 ? Math.min(parameters.limit(), data.size()) : data.size();
        int wanted = fixed.orElse((int) Math.min(parameters.batch(), available));
        this.aside = KeptAside.of(data, seed, available, wanted, fixed.isPresent());
        long samples = Math.min(available, data.size() - aside.samples());
        this.batch = fixed.orElse((int) Math.min(wanted, samples));
        this.stepsPerEpoch = samples / batch;
        if (stepsPerEpoch == 0) {
            throw new IllegalArgumentException(
                    "%d samples for training, but the model takes batches of %d".formatted(samples, batch));
        }
        this.augmentation = new ImageAugmentation(parameters.augment());
        this.teacher = taught
                ? new Teacher(
                        original,
                        LearnedOutput.scoresOf(original, learned, data, declared),
                        threads,
                        parameters.augment().any() ? 0 : data.size())
                : null;
        begin();
    }

    private void begin() {
        schedule = Schedule.of(parameters, stepsPerEpoch, Math.pow(0.25, retries));
        trainer = new Trainer(model, TrainingSettings.optimizer(parameters), loss, seed);
        epochs.clear();
        lossSum = 0;
        correct = 0;
    }

    /** A wrong mapping must never train: outputs of libtorch and of ONNX Runtime are compared on a few samples. */
    private OptionalInt checkEqualsRuntime(int threads) {
        SessionOptions runtime = SessionOptions.threads(threads);
        try (OnnxSession session = OnnxSession.open(start, runtime)) {
            int size = session.fixedBatch().orElse((int) Math.min(8, data.size()));
            try (Batches few = data.batches(BatchOptions.inOrder(size).limitedTo(size))) {
                Batch batch = few.iterator().next();
                Map<String, Tensor> inputs = batch.inputsPaddedTo(size);
                Map<String, Tensor> expected = session.run(inputs);
                OutputDifference difference = OutputDifference.between(expected, model.forward(inputs));
                Tolerance tolerance = Tolerance.of(start).forNewWeights();
                if (difference.beyond(tolerance).isPresent()) {
                    difference
                            .beyond(tolerance.with(NoiseFloor.of(start, inputs, runtime)))
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

    /**
     * Trains to the end, from the start or from where {@link #resume} put it. Where the loss is no number any more, it
     * begins again at a quarter of the learning rate, three times at most.
     */
    public void train(Listener listener) throws IOException {
        if (before == null && aside.samples() > 0) {
            before = aside.look(trainer, teacher);
        }
        while (!givenUp && stepsDone() < steps()) {
            try {
                trainEpoch(listener);
            } catch (Trainer.NotFiniteException e) {
                beginAgain(e);
            }
        }
        if (before != null && !givenUp) {
            after = aside.look(trainer, teacher);
        }
    }

    private void trainEpoch(Listener listener) throws IOException {
        int epoch = epochs.size();
        long done = stepsDone() - epoch * stepsPerEpoch;
        BatchOptions drawn = new BatchOptions(batch, seed * 1_000_003 + epoch, stepsPerEpoch * batch, true);
        try (Batches batches = data.batches(aside.without(drawn))) {
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

    private void beginAgain(Trainer.NotFiniteException e) {
        setbacks.add("training diverged after %d of %d steps at a learning rate of %.3g: %s"
                .formatted(stepsDone(), steps(), schedule.peak(), e.getMessage()));
        givenUp = retries == RETRIES;
        if (!givenUp) {
            retries++;
            trainer.close();
            model.close();
            model = DifferentiableModel.of(start, learned.scores(), options);
            begin();
        }
    }

    private void step(Batch raw) {
        long number = stepsDone();
        Map<String, Tensor> inputs = augmentation.of(raw.inputs(), seed * 7_919 + number);
        Batch next = new Batch(inputs, raw.labels(), raw.size(), raw.positions());
        Trainer.Step step = trainer.step(
                inputs, raw.labels(), teacher == null ? null : teacher.logits(next), schedule.rateAt(number));
        lossSum += step.loss();
        choices = step.correct() != null;
        correct += choices ? step.correct() : 0;
    }

    private void closeEpoch() {
        epochs.add(figures(stepsPerEpoch));
        lossSum = 0;
        correct = 0;
    }

    private Epoch figures(long steps) {
        return new Epoch(lossSum / steps, choices ? (double) correct / (steps * batch) : null);
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
        List<String> notes = new ArrayList<>(setbacks);
        if (batch != parameters.batch()) {
            notes.add("trained in batches of %d, not %d: the model or the data has no other"
                    .formatted(batch, parameters.batch()));
        }
        if (data.labelKind().equals("none")) {
            notes.add("the data has no labels: trained by the original's outputs alone");
        }
        if (start.graph().outputs().size() > 1) {
            notes.add("trained by output '%s' alone (%s)".formatted(learned.name(), learned.words()));
        }
        if (aside.samples() == 0) {
            notes.add(
                    "the data is too small to keep samples aside: whether training made the model better is not known");
        }
        if (madeWorse()) {
            notes.add(
                    givenUp
                            ? "the model is as it was before: training diverged at every learning rate tried"
                            : "the model is as it was before: on %d samples kept aside, training took the loss from %.4g to %.4g"
                                    .formatted(aside.samples(), before.loss(), after.loss()));
        }
        return notes;
    }

    private boolean madeWorse() {
        return givenUp || after != null && after.worseThan(before);
    }

    /** Figures on samples kept aside, before the training; {@code null} if there are none. */
    public KeptAside.Figures before() {
        return before;
    }

    /** Figures on samples kept aside, after the training; {@code null} if there are none. */
    public KeptAside.Figures after() {
        return after;
    }

    /** Samples of one step. */
    public int batch() {
        return batch;
    }

    /** Epochs that are complete. */
    public List<Epoch> epochs() {
        return Collections.unmodifiableList(epochs);
    }

    /** Figures of the running epoch so far, or of the last one right after its end; empty before the first step. */
    public Optional<Epoch> current() {
        long done = stepsDone() - epochs.size() * stepsPerEpoch;
        if (done > 0) {
            return Optional.of(figures(done));
        }
        return epochs.isEmpty() ? Optional.empty() : Optional.of(epochs.get(epochs.size() - 1));
    }

    /** The model before. */
    OnnxModel start() {
        return start;
    }

    /** The model: trained, or as it was before where training made it worse. */
    public OnnxModel model() {
        return madeWorse() ? start : model.toModel();
    }

    /** Writes everything the rest of the training depends on. */
    public void save(Path checkpoint) throws IOException {
        long[] history = new long[2 * epochs.size()];
        for (int i = 0; i < epochs.size(); i++) {
            history[2 * i] = Double.doubleToLongBits(epochs.get(i).loss());
            history[2 * i + 1] = bits(epochs.get(i).accuracy());
        }
        long[] position = {
            stepsPerEpoch,
            batch,
            Double.doubleToLongBits(lossSum),
            correct,
            retries,
            bits(before == null ? null : before.loss()),
            bits(before == null ? null : before.accuracy()),
            choices ? 1 : 0
        };
        trainer.save(
                checkpoint,
                Map.of(
                        POSITION, Tensor.ofLongs(position, position.length),
                        HISTORY, Tensor.ofLongs(history, history.length)));
    }

    /** What was not measured is stored as no number. */
    private static long bits(Double value) {
        return Double.doubleToLongBits(value == null ? Double.NaN : value);
    }

    private static Double value(long bits) {
        double value = Double.longBitsToDouble(bits);
        return Double.isNaN(value) ? null : value;
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
        retries = (int) position[4];
        schedule = Schedule.of(parameters, stepsPerEpoch, Math.pow(0.25, retries));
        if (retries > 0) {
            setbacks.add("training diverged %d times before this attempt; the learning rate is %.3g"
                    .formatted(retries, schedule.peak()));
        }
        Double loss = value(position[5]);
        before = loss == null ? null : new KeptAside.Figures(loss, value(position[6]));
        choices = position[7] == 1;
        epochs.clear();
        long[] history = saved.get(HISTORY).longs();
        for (int i = 0; i < history.length; i += 2) {
            epochs.add(new Epoch(Double.longBitsToDouble(history[i]), value(history[i + 1])));
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
