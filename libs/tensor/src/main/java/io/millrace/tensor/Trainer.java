package io.millrace.tensor;

import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.OutputKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains a {@link DifferentiableModel} step by step. The same steps with the same seed on as many threads give the same
 * weights; {@link #save} and {@link #restore} put a pause anywhere between two steps without a trace. To be used by one
 * thread at a time; steps run on a {@link NativeThread}.
 */
public final class Trainer implements AutoCloseable {
    private static final String STEPS = "#steps";

    private final DifferentiableModel model;
    private final Optimizer optimizer;
    private final Loss loss;
    private final long seed;
    private final NativeThread thread;
    private long steps;

    /** @param seed of what is random within a step (dropout) */
    public Trainer(DifferentiableModel model, OptimizerSettings optimizer, Loss loss, long seed) {
        this.model = model;
        this.optimizer = Optimizer.of(optimizer, model.parameters());
        this.loss = loss;
        this.seed = seed;
        this.thread = new NativeThread(model.threads());
    }

    /**
     * What a step saw, before it changed the weights.
     *
     * @param loss mean over the samples
     * @param correct samples whose choice was the label, or the teacher's choice where there are no labels; {@code null}
     *     where the outputs make no choice
     */
    public record Step(double loss, Integer correct) {}

    /** The loss is no number: nothing was changed. */
    public static final class NotFiniteException extends RuntimeException {
        NotFiniteException(double loss, String where) {
            super("the loss is " + loss + where);
        }
    }

    /**
     * Does one step.
     *
     * @param inputs by input name, of one batch
     * @param labels class of each sample; empty or {@code null} if there are none
     * @param teacher the teacher's values for the batch; {@code null} without one
     * @throws NotFiniteException if the loss is no number; nothing is changed then
     */
    public Step step(Map<String, Tensor> inputs, long[] labels, Tensor teacher, double learningRate) {
        return thread.call(() -> stepHere(inputs, labels, teacher, learningRate));
    }

    /** The same figures by running statistics and without dropout; nothing is changed. */
    public Step look(Map<String, Tensor> inputs, long[] labels, Tensor teacher) {
        return thread.call(() -> {
            try (NoGradGuard guard = new NoGradGuard()) {
                Seen seen = see(model.toNative(inputs), labels, teacher, false);
                return new Step(seen.loss.item_double(), seen.correct());
            }
        });
    }

    private Step stepHere(Map<String, Tensor> inputs, long[] labels, Tensor teacher, double learningRate) {
        Libtorch.seed(seed * 1_000_003 + steps + 1);
        Map<String, org.bytedeco.pytorch.Tensor> given = model.toNative(inputs);
        Seen seen = see(given, labels, teacher, true);
        double value = seen.loss.item_double();
        if (!Double.isFinite(value)) {
            throw new NotFiniteException(value, model.whereNotFinite(given));
        }
        steps++;
        seen.loss.backward();
        try (NoGradGuard guard = new NoGradGuard()) {
            optimizer.step(learningRate, steps);
            return new Step(value, seen.correct());
        }
    }

    private Seen see(Map<String, org.bytedeco.pytorch.Tensor> inputs, long[] labels, Tensor teacher, boolean training) {
        org.bytedeco.pytorch.Tensor values = rows(model.run(inputs, training).get(model.logits()));
        org.bytedeco.pytorch.Tensor targets =
                labels == null || labels.length == 0 ? null : Libtorch.ofLongs(labels, labels.length);
        org.bytedeco.pytorch.Tensor wanted = teacher == null ? null : rows(Libtorch.copyOf(teacher));
        return new Seen(loss, values, targets, wanted, loss.of(values, targets, wanted));
    }

    private record Seen(
            Loss of,
            org.bytedeco.pytorch.Tensor values,
            org.bytedeco.pytorch.Tensor targets,
            org.bytedeco.pytorch.Tensor teacher,
            org.bytedeco.pytorch.Tensor loss) {

        Integer correct() {
            if (!of.makesChoices(values)) {
                return null;
            }
            org.bytedeco.pytorch.Tensor wanted = targets != null ? targets : choice(teacher);
            return (int) choice(values).eq(wanted).sum().item_long();
        }

        private org.bytedeco.pytorch.Tensor choice(org.bytedeco.pytorch.Tensor scores) {
            return of.kind() == OutputKind.BINARY_SCORE
                    ? scores.flatten().gt(new Scalar(0)).to(ScalarType.Long)
                    : scores.argmax(new LongOptional(1), false);
        }
    }

    /** [N, C] where all axes but these have length 1: [N, C, 1, 1]. */
    private static org.bytedeco.pytorch.Tensor rows(org.bytedeco.pytorch.Tensor values) {
        long[] dims = Libtorch.dims(values);
        long longer = Arrays.stream(dims).skip(1).filter(dim -> dim != 1).count();
        return dims.length > 2 && longer <= 1 ? values.flatten(1, -1) : values;
    }

    /** Steps done, those before {@link #restore} included. */
    public long steps() {
        return steps;
    }

    /**
     * Writes all that the next step depends on: weights, statistics, the optimizer's memory, the count of steps.
     *
     * @param more of the caller's own, given back by {@link #restore}; names begin with {@code @}
     */
    public void save(Path file, Map<String, Tensor> more) throws IOException {
        Map<String, Tensor> state = new LinkedHashMap<>(more);
        try (NativeScope scope = NativeScope.open()) {
            live().forEach((name, tensor) -> state.put(name, Libtorch.copyOf(tensor)));
        }
        state.put(STEPS, Tensor.ofLongs(new long[] {steps}, 1));
        TensorFile.write(file, state);
    }

    /**
     * Goes on where {@link #save} was called.
     *
     * @return what the caller had added
     * @throws IOException if the file is not of this model and optimizer; nothing is changed then
     */
    public Map<String, Tensor> restore(Path file) throws IOException {
        Map<String, Tensor> state = TensorFile.read(file);
        Map<String, org.bytedeco.pytorch.Tensor> live = live();
        for (Map.Entry<String, org.bytedeco.pytorch.Tensor> entry : live.entrySet()) {
            Tensor saved = state.get(entry.getKey());
            if (saved == null || !Arrays.equals(saved.dims(), Libtorch.dims(entry.getValue()))) {
                throw new IOException(file + " is a checkpoint of another model: " + entry.getKey() + " differs");
            }
        }
        try (NativeScope scope = NativeScope.open();
                NoGradGuard guard = new NoGradGuard()) {
            live.forEach((name, tensor) -> tensor.copy_(Libtorch.copyOf(state.get(name))));
        }
        steps = state.get(STEPS).longs()[0];
        state.keySet().removeIf(name -> !name.startsWith("@"));
        return state;
    }

    private Map<String, org.bytedeco.pytorch.Tensor> live() {
        Map<String, org.bytedeco.pytorch.Tensor> live = new LinkedHashMap<>(model.parameters());
        live.putAll(model.statistics());
        live.putAll(optimizer.state());
        return live;
    }

    /** Frees the optimizer's memory; the model stays. */
    @Override
    public void close() {
        optimizer.state().values().forEach(org.bytedeco.pytorch.Tensor::close);
        thread.close();
    }
}
