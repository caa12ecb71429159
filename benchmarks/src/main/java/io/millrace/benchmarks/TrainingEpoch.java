package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.contracts.method.InvalidParametersException;
import io.millrace.contracts.method.ParameterReader;
import io.millrace.data.Dataset;
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

    public static void main(String[] arguments) throws IOException, InvalidParametersException {
        OnnxModel model = OnnxModel.read(Path.of(arguments[0]));
        Dataset data = Dataset.open(Path.of(arguments[1]), model);
        int threads = Integer.parseInt(arguments[2]);
        long samples = Long.parseLong(arguments[3]);
        epoch(model, data, threads, WARM_UP);
        System.out.printf("java %.2f%n", epoch(model, data, threads, samples));
    }

    private static double epoch(OnnxModel model, Dataset data, int threads, long samples)
            throws IOException, InvalidParametersException {
        ObjectNode given = Json.mapper().createObjectNode();
        given.put("epochs", 1).put("schedule", "constant").put("limit", samples);
        FinetuneParameters parameters = ParameterReader.read(FinetuneParameters.class, given);
        try (Finetuning training = new Finetuning(model, null, data, Map.of(), parameters, 1, threads)) {
            long start = System.nanoTime();
            training.train(step -> {});
            return (System.nanoTime() - start) / 1e9;
        }
    }
}
