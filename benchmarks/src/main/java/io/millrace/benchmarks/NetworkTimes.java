package io.millrace.benchmarks;

import io.millrace.inference.KernelTimes;
import io.millrace.inference.LatencyComparison;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.ProgressListener;
import io.millrace.inference.RandomInputs;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.time.TimeStore;
import io.millrace.inference.time.TimeTable;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.AssumedSizes;
import io.millrace.onnx.shape.Shapes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * The table of measured time against the real time of whole networks: the sum over a network's steps, each measured as a
 * network of one node, beside what the runtime's profile tells of its operators when the whole network runs, and the
 * median of the network's own runs. Goal: within 15 % of the profile without any correction.
 *
 * <p>Arguments: threads, batch, models.
 */
public final class NetworkTimes {
    private NetworkTimes() {}

    public static void main(String[] arguments) {
        int threads = Integer.parseInt(arguments[0]);
        int batch = Integer.parseInt(arguments[1]);
        TimeTable table = new TimeTable(TimeStore.inMemory(), threads);
        System.out.printf(
                "%-24s %10s %10s %7s %10s %6s %9s%n",
                "network", "table ms", "profile ms", "ratio", "run ms", "steps", "filled s");
        for (int i = 2; i < arguments.length; i++) {
            Path file = Path.of(arguments[i]);
            OnnxModel model = OnnxModel.read(file);
            int before = table.measured();
            long start = System.nanoTime();
            TimeTable.NetworkTime time = table.of(model, batch);
            double filling = (System.nanoTime() - start) / 1e9;
            Map<String, Tensor> inputs =
                    RandomInputs.of(model, AssumedSizes.of(model.graph(), Shapes.infer(model), batch), batch, 1);
            double profile = KernelTimes.measure(model, inputs, threads, Duration.ofSeconds(2))
                            .nanos()
                    / 1e6;
            double real = real(file, inputs, threads);
            System.out.printf(
                    "%-24s %10.3f %10.3f %7.3f %10.3f %6d %9.1f%n",
                    file.getFileName(),
                    time.sum() / 1e6,
                    profile,
                    time.sum() / 1e6 / profile,
                    real,
                    table.measured() - before,
                    filling);
            time.unmeasured().forEach((step, reason) -> System.out.println("    " + step + ": " + reason));
            if (Boolean.getBoolean("steps")) {
                time.nanos().forEach((step, nanos) -> System.out.printf("    %-60s %10.1f us%n", step, nanos / 1e3));
            }
        }
    }

    private static double real(Path file, Map<String, Tensor> inputs, int threads) {
        try (OnnxSession session = OnnxSession.open(file, SessionOptions.threads(threads))) {
            return LatencyComparison.measure(
                            session,
                            session,
                            inputs,
                            new LatencyComparison.Effort(500, Duration.ofSeconds(4)),
                            ProgressListener.NONE)
                    .medianMillis();
        }
    }
}
