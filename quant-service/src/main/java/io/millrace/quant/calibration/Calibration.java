package io.millrace.quant.calibration;

import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.Activations;
import io.millrace.inference.ProgressListener;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Shapes;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Runs a model on data and keeps a histogram of each of its inner values that are wanted. Memory is tensors x bins, whatever the amount of data.
 */
public final class Calibration {
    private static final long BATCH_BYTES = 128L << 20;
    private static final int LARGEST_BATCH = 32;

    private final Map<String, Histogram> histograms = new LinkedHashMap<>();

    private Calibration() {}

    /**
     * Streams the data through the model.
     *
     * @param values whose distribution is wanted
     * @param data bound to the model
     * @param samples at most
     */
    public static Calibration run(
            OnnxModel model,
            Collection<String> values,
            Dataset data,
            long samples,
            long seed,
            int threads,
            ProgressListener listener) {
        Calibration calibration = new Calibration();
        values.forEach(v -> calibration.histograms.put(v, new Histogram()));
        try (Activations activations = Activations.of(model, values, SessionOptions.threads(threads));
                Batches batches =
                        data.batches(BatchOptions.shuffled(activations.batchSize(batchFor(model, values)), seed)
                                .limitedTo(samples))) {
            activations.stream(batches, calibration::add, listener);
        }
        return calibration;
    }

    /** As many samples as fit into a fixed memory, so that wide networks do not need more than narrow ones. */
    private static int batchFor(OnnxModel model, Collection<String> values) {
        Shapes shapes = Shapes.infer(model);
        long perSample = 1;
        for (String value : values) {
            long count = shapes.of(value)
                    .map(shape -> {
                        long product = 1;
                        for (long dim : shape.sized(1)) {
                            product *= dim;
                        }
                        return product;
                    })
                    .orElse(0L);
            perSample += 4 * count;
        }
        return (int) Math.max(1, Math.min(LARGEST_BATCH, BATCH_BYTES / perSample));
    }

    private void add(String name, Tensor tensor) {
        histograms.get(name).add(tensor.as(ElementType.FLOAT).bytes().asFloatBuffer());
    }

    /** The distribution of a value. */
    public Histogram histogram(String value) {
        return histograms.get(value);
    }
}
