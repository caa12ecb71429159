package io.millrace.finetune;

import io.millrace.onnx.Tensor;
import io.millrace.tensor.Trainer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Loss and right choices of a training, epoch by epoch; can be stored between any two steps. */
final class EpochFigures {
    private final List<Epoch> epochs = new ArrayList<>();
    private double loss;
    private long correct;
    private long steps;
    private boolean choices = true;

    /**
     * Mean figures of one epoch on the training data.
     *
     * @param accuracy share of the samples whose label, or whose teacher's choice, was met; of the model as it was in
     *     each step; {@code null} where outputs make no choice
     */
    public record Epoch(double loss, Double accuracy) {}

    void add(Trainer.Step step) {
        loss += step.loss();
        choices = step.correct() != null;
        correct += choices ? step.correct() : 0;
        steps++;
    }

    /** @param batch samples of a step */
    void closeEpoch(int batch) {
        epochs.add(running(batch));
        clearRunning();
    }

    void clear() {
        epochs.clear();
        clearRunning();
    }

    private void clearRunning() {
        loss = 0;
        correct = 0;
        steps = 0;
    }

    private Epoch running(int batch) {
        return new Epoch(loss / steps, choices ? (double) correct / (steps * batch) : null);
    }

    /** Epochs that are complete. */
    List<Epoch> complete() {
        return Collections.unmodifiableList(epochs);
    }

    /** Of the running epoch so far, or of the last one right after its end; empty before the first step. */
    Optional<Epoch> current(int batch) {
        if (steps > 0) {
            return Optional.of(running(batch));
        }
        return epochs.isEmpty() ? Optional.empty() : Optional.of(epochs.get(epochs.size() - 1));
    }

    /** Everything, as numbers; what is not known is no number. */
    Tensor toTensor() {
        long[] numbers = new long[4 + 2 * epochs.size()];
        numbers[0] = Double.doubleToLongBits(loss);
        numbers[1] = correct;
        numbers[2] = steps;
        numbers[3] = choices ? 1 : 0;
        for (int i = 0; i < epochs.size(); i++) {
            numbers[4 + 2 * i] = bits(epochs.get(i).loss());
            numbers[5 + 2 * i] = bits(epochs.get(i).accuracy());
        }
        return Tensor.ofLongs(numbers, numbers.length);
    }

    /** Takes on what {@link #toTensor} gave. */
    void restore(Tensor stored) {
        long[] numbers = stored.longs();
        epochs.clear();
        loss = Double.longBitsToDouble(numbers[0]);
        correct = numbers[1];
        steps = numbers[2];
        choices = numbers[3] == 1;
        for (int i = 4; i < numbers.length; i += 2) {
            epochs.add(new Epoch(Double.longBitsToDouble(numbers[i]), value(numbers[i + 1])));
        }
    }

    static long bits(Double value) {
        return Double.doubleToLongBits(value == null ? Double.NaN : value);
    }

    static Double value(long bits) {
        double value = Double.longBitsToDouble(bits);
        return Double.isNaN(value) ? null : value;
    }
}
