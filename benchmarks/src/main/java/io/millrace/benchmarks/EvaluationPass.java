package io.millrace.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.Answers;
import io.millrace.inference.KnownOutputs;
import io.millrace.inference.ModelMetrics;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.ProgressListener;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One evaluation pass over a data set against a bare ONNX Runtime loop over batches that lie in memory ready made: what
 * reading, decoding and counting cost. Goal: at least 0.95 of the bare loop's speed. The two run in turn;
 * the speed is the median over the turns, with the range.
 *
 * <p>Arguments: model.onnx, folder of the data set, threads, passes.
 */
public final class EvaluationPass {
    private static final int BATCH = 64;

    private EvaluationPass() {}

    public static void main(String[] arguments) throws OrtException {
        Path model = Path.of(arguments[0]);
        OnnxModel read = OnnxModel.read(model);
        Dataset data = Dataset.open(Path.of(arguments[1]), read);
        ModelMetrics metrics = new ModelMetrics(KnownOutputs.of(read, data, Map.of()), data);
        int threads = Integer.parseInt(arguments[2]);
        int passes = Integer.parseInt(arguments[3]);
        double[] ours = new double[passes];
        double[] bare = new double[passes];
        double[] ratios = new double[passes];
        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(threads));
                OrtSession.SessionOptions options = bareOptions(threads);
                OrtSession bareSession = OrtEnvironment.getEnvironment().createSession(model.toString(), options);
                Batches batches = data.batches(BatchOptions.inOrder(BATCH))) {
            List<Map<String, OnnxTensor>> ready = ready(OrtEnvironment.getEnvironment(), batches);
            for (int pass = -1; pass < passes; pass++) {
                long start = System.nanoTime();
                metrics.ofOriginal(Answers.of(session), BATCH, 0, ProgressListener.NONE);
                long middle = System.nanoTime();
                for (Map<String, OnnxTensor> inputs : ready) {
                    bareSession.run(inputs).close();
                }
                long end = System.nanoTime();
                if (pass >= 0) {
                    ours[pass] = (middle - start) / 1e9;
                    bare[pass] = (end - middle) / 1e9;
                    ratios[pass] = bare[pass] / ours[pass];
                }
            }
        }
        Arrays.sort(ours);
        Arrays.sort(bare);
        Arrays.sort(ratios);
        System.out.printf(
                "%d samples, %d threads: evaluation %.3f s, bare loop %.3f s, speed %.3f of the bare loop (%.3f to"
                        + " %.3f)%n",
                data.size(),
                threads,
                ours[passes / 2],
                bare[passes / 2],
                ratios[passes / 2],
                ratios[0],
                ratios[passes - 1]);
    }

    private static OrtSession.SessionOptions bareOptions(int threads) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        return options;
    }

    private static List<Map<String, OnnxTensor>> ready(OrtEnvironment environment, Batches batches)
            throws OrtException {
        List<Map<String, OnnxTensor>> ready = new ArrayList<>();
        for (Batch batch : batches) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            for (var entry : batch.inputs().entrySet()) {
                inputs.put(
                        entry.getKey(),
                        OnnxTensor.createTensor(
                                environment,
                                entry.getValue().bytes().asFloatBuffer(),
                                entry.getValue().dims()));
            }
            ready.add(inputs);
        }
        return ready;
    }
}
