package io.millrace.benchmarks;

import io.millrace.data.Dataset;
import io.millrace.finetune.FinetuneParameters;
import io.millrace.finetune.Finetuning;
import io.millrace.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * One epoch of fine-tuning as finetune-service does it: reading, decoding, forward, backward, update. SGD with Nesterov
 * momentum, cross-entropy, batches of 64, fp32. {@code epoch.py} does the same in Python; {@code epoch.sh} runs the two in
 * turn. A short training before the clock starts warms up the JVM and libtorch.
 *
 * <p>Arguments: model.onnx, folder of the data set, threads, samples.
 */
public final class TrainingEpoch {
    private static final long WARM_UP = 20 * 64;

    private TrainingEpoch() {}

    public static void main(String[] arguments) throws IOException {
        OnnxModel model = OnnxModel.read(Path.of(arguments[0]));
        Dataset data = Dataset.open(Path.of(arguments[1]), model);
        int threads = Integer.parseInt(arguments[2]);
        long samples = Long.parseLong(arguments[3]);
        epoch(model, data, threads, WARM_UP);
        System.out.printf("java %.2f%n", epoch(model, data, threads, samples));
    }

    private static double epoch(OnnxModel model, Dataset data, int threads, long samples) throws IOException {
        FinetuneParameters parameters = new FinetuneParameters(
                1, "sgd", 0.01, 0.9, true, 1e-4, 64, "constant", 0.0, 1, 1.0, null, 0.0, null, samples);
        try (Finetuning training = new Finetuning(model, null, data, Map.of(), parameters, 1, threads)) {
            long start = System.nanoTime();
            training.train(step -> {});
            return (System.nanoTime() - start) / 1e9;
        }
    }
}
