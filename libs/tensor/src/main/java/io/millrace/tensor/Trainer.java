package io.millrace.tensor;

import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;

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
     * @param correct samples whose highest logit was the label, or the teacher's choice where there are no labels
     */
    public record Step(double loss, int correct) {}

    /**
     * Does one step.
     *
     * @param inputs by input name, of one batch
     * @param labels class of each sample; empty or {@code null} if there are none
     * @param teacher the teacher's logits for the batch; {@code null} without one
     */
    public Step step(Map<String, Tensor> inputs, long[] labels, Tensor teacher, double learningRate) {
        return thread.call(() -> stepHere(inputs, labels, teacher, learningRate));
    }

    private Step stepHere(Map<String, Tensor> inputs, long[] labels, Tensor teacher, double learningRate) {
        steps++;
        Libtorch.seed(seed * 1_000_003 + steps);
        org.bytedeco.pytorch.Tensor logits =
                rows(model.run(model.toNative(inputs), true).get(model.logits()));
        org.bytedeco.pytorch.Tensor targets =
                labels == null || labels.length == 0 ? null : Libtorch.ofLongs(labels, labels.length);
        org.bytedeco.pytorch.Tensor wanted = teacher == null ? null : rows(Libtorch.copyOf(teacher));
        org.bytedeco.pytorch.Tensor value = loss.of(logits, targets, wanted);
        value.backward();
        try (NoGradGuard guard = new NoGradGuard()) {
            optimizer.step(learningRate, steps);
            return new Step(value.item_double(), correct(logits, targets, wanted));
        }
    }

    /** [N, C, 1, 1] as [N, C]. */
    private static org.bytedeco.pytorch.Tensor rows(org.bytedeco.pytorch.Tensor logits) {
        return logits.dim() > 2 && logits.numel() == logits.size(0) * logits.size(1) ? logits.flatten(1, -1) : logits;
    }

    private static int correct(
            org.bytedeco.pytorch.Tensor logits,
            org.bytedeco.pytorch.Tensor targets,
            org.bytedeco.pytorch.Tensor teacher) {
        if (logits.dim() != 2) {
            return 0;
        }
        org.bytedeco.pytorch.Tensor wanted = targets != null ? targets : teacher.argmax(new LongOptional(1), false);
        return (int) logits.argmax(new LongOptional(1), false).eq(wanted).sum().item_long();
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
