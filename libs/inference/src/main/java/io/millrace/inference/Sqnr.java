package io.millrace.inference;

import io.millrace.onnx.Tensor;
import java.util.Arrays;

/** Signal to quantization noise ratio: 10 log10 of the energy of a reference over the energy of the difference. */
public final class Sqnr {
    private double signal;
    private double noise;

    /** Adds values and what stands for them. */
    public Sqnr add(float[] reference, float[] values) {
        if (reference.length != values.length) {
            throw new IllegalArgumentException(
                    "%d values cannot stand for %d".formatted(values.length, reference.length));
        }
        for (int i = 0; i < values.length; i++) {
            double difference = (double) reference[i] - values[i];
            signal += (double) reference[i] * reference[i];
            noise += difference * difference;
        }
        return this;
    }

    /** Adds two tensors of one shape. */
    public Sqnr add(Tensor reference, Tensor values) {
        if (!Arrays.equals(reference.dims(), values.dims())) {
            throw new IllegalArgumentException(values + " cannot stand for " + reference);
        }
        return add(reference.floats(), values.floats());
    }

    /** In decibels; infinite where nothing differs. */
    public double decibels() {
        return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }
}
