package io.millrace.finetune;

import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.tensor.DifferentiableModel;
import io.millrace.tensor.Loss;
import io.millrace.tensor.Trainer;
import io.millrace.tensor.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private static final String FIGURES = "@figures";
    private static final String STEP = "fine-tuning";

    private static final int RETRIES = 3;

    private final OnnxModel start;
    private final Dataset data;
    private final FinetuneParameters parameters;
    private final long seed;
    private final TrainingOptions options;
    private final ModelOutput learned;
    private final Loss loss;
    private final TrainingPlan plan;
    private final ImageAugmentation augmentation;
    private final Teacher teacher;
    private final EpochFigures figures = new EpochFigures();
    private final List<String> setbacks = new ArrayList<>();
    private DifferentiableModel model;
    private Trainer trainer;
    private Schedule schedule;
    /** How often training diverged and began again. */
    private int retries;

    private boolean givenUp;
    private KeptAside.Figures before;
    private KeptAside.Figures after;

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
        OptionalInt fixed = LibtorchCheck.batchOf(model, this.model, data, threads);
        this.plan = TrainingPlan.of(data, parameters, seed, fixed);
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
        schedule = Schedule.of(parameters, plan.stepsPerEpoch(), Math.pow(0.25, retries));
        trainer = new Trainer(model, TrainingSettings.optimizer(parameters), loss, seed);
        figures.clear();
    }

    /**
     * Trains to the end, from the start or from where {@link #resume} put it. Where the loss is no number any more, it
     * begins again at a quarter of the learning rate, three times at most.
     */
    public void train(Listener listener) throws IOException {
        if (before == null && plan.aside().samples() > 0) {
            before = plan.aside().look(trainer, teacher);
        }
        while (!givenUp && stepsDone() < steps()) {
            try {
                trainEpoch(listener);
            } catch (Trainer.NotFiniteException e) {
                beginAgain(e);
            }
        }
        if (before != null && !givenUp) {
            after = plan.aside().look(trainer, teacher);
        }
    }

    private void trainEpoch(Listener listener) throws IOException {
        int epoch = figures.complete().size();
        long done = stepsDone() - epoch * plan.stepsPerEpoch();
        try (Batches batches = data.batches(plan.epoch(epoch))) {
            long number = 0;
            for (Batch next : batches) {
                if (number++ >= done) {
                    step(next);
                    if (number == plan.stepsPerEpoch()) {
                        figures.closeEpoch(plan.batch());
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
        figures.add(step);
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
        boolean labelled = !data.labelKind().equals("none");
        if (plan.batch() != parameters.batch()) {
            notes.add("trained in batches of %d, not %d: the model or the data has no other"
                    .formatted(plan.batch(), parameters.batch()));
        }
        if (!labelled) {
            notes.add("the data has no labels: trained by the original's outputs alone");
        }
        notes.addAll(WithoutEffect.notes(parameters, labelled, LearnedOutput.kindOfScores(learned), start));
        if (start.graph().outputs().size() > 1) {
            notes.add("trained by output '%s' alone (%s)".formatted(learned.name(), learned.words()));
        }
        notes.addAll(verdict().notes());
        return notes;
    }

    /** What the training has come to, on samples kept aside. */
    TrainingVerdict verdict() {
        return new TrainingVerdict(plan.aside().samples(), before, after, givenUp);
    }

    /** Epochs that are complete. */
    public List<EpochFigures.Epoch> epochs() {
        return figures.complete();
    }

    /** Figures of the running epoch so far, or of the last one right after its end; empty before the first step. */
    public Optional<EpochFigures.Epoch> current() {
        return figures.current(plan.batch());
    }

    /** The model before. */
    OnnxModel start() {
        return start;
    }

    /** The trained model; each node that reads a weight it has learned says so. Empty where training made it worse. */
    public Optional<OnnxModel> model() {
        if (verdict().madeWorse()) {
            return Optional.empty();
        }
        OnnxModel trained = model.toModel();
        OnnxModel marked = start.copy();
        Patch patch = Patch.of(marked.graph(), STEP);
        trained.graph().initializers().forEach((name, tensor) -> {
            Tensor before = start.graph().initializer(name);
            if (before == null || !before.bytes().equals(tensor.bytes())) {
                patch.set(name, tensor);
            }
        });
        patch.apply();
        return Optional.of(marked);
    }

    /** Writes everything the rest of the training depends on. */
    public void save(Path checkpoint) throws IOException {
        long[] position = {
            plan.stepsPerEpoch(),
            plan.batch(),
            retries,
            EpochFigures.bits(before == null ? null : before.loss()),
            EpochFigures.bits(before == null ? null : before.accuracy())
        };
        trainer.save(
                checkpoint, Map.of(POSITION, Tensor.ofLongs(position, position.length), FIGURES, figures.toTensor()));
    }

    /**
     * Goes on from a checkpoint.
     *
     * @throws IOException if it is of another model or data set; nothing is changed then, as far as can be told before
     */
    public void resume(Path checkpoint) throws IOException {
        Map<String, Tensor> saved = trainer.restore(checkpoint);
        long[] position = saved.get(POSITION).longs();
        if (position[0] != plan.stepsPerEpoch() || position[1] != plan.batch()) {
            throw new IOException("the checkpoint is of %s steps of %s samples an epoch, not %d of %d"
                    .formatted(position[0], position[1], plan.stepsPerEpoch(), plan.batch()));
        }
        retries = (int) position[2];
        schedule = Schedule.of(parameters, plan.stepsPerEpoch(), Math.pow(0.25, retries));
        if (retries > 0) {
            setbacks.add("training diverged %d times before this attempt; the learning rate is %.3g"
                    .formatted(retries, schedule.peak()));
        }
        Double loss = EpochFigures.value(position[3]);
        before = loss == null ? null : new KeptAside.Figures(loss, EpochFigures.value(position[4]));
        figures.restore(saved.get(FIGURES));
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
