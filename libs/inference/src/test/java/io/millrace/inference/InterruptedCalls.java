package io.millrace.inference;

import io.millrace.data.BatchOptions;
import io.millrace.data.Dataset;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Interrupts every kind of call into ONNX Runtime at random moments. A program of its own, as what it looks for is a crash
 * of the process. Arguments: the folder of a data set for {@link SmallNetworks#convolutions}, how often each call is
 * interrupted.
 */
final class InterruptedCalls {
    private static final SessionOptions OPTIONS = SessionOptions.threads(2);
    private static final OnnxModel SMALL = SmallNetworks.convolutions(8, 2, -1);
    private static final OnnxModel LARGE = SmallNetworks.convolutions(24, 4, -1);
    private static final Map<String, Tensor> INPUTS = RandomInputs.of(LARGE, 8, 1);

    private InterruptedCalls() {}

    private interface Call {
        void make();
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        int times = Integer.parseInt(arguments[1]);
        Map<String, Call> calls = new LinkedHashMap<>();
        calls.put("load", () -> OnnxSession.open(LARGE, OPTIONS).close());
        calls.put("run", InterruptedCalls::run);
        calls.put("latency", InterruptedCalls::latency);
        calls.put("activations", () -> activations(folder));
        calls.put("metric", () -> metric(folder));
        Random random = new Random(1);
        for (Map.Entry<String, Call> call : calls.entrySet()) {
            interrupt(call.getKey(), call.getValue(), times, random);
        }
        System.out.println("survived");
    }

    private static void interrupt(String name, Call call, int times, Random random) throws Exception {
        call.make();
        long start = System.nanoTime();
        call.make();
        double usual = (System.nanoTime() - start) / 1e6;
        int ended = 0;
        for (int i = 0; i < times; i++) {
            Throwable[] thrown = new Throwable[1];
            Thread thread = new Thread(() -> {
                try {
                    call.make();
                } catch (Throwable e) {
                    thrown[0] = e;
                }
            });
            thread.start();
            Thread.sleep((long) (random.nextDouble() * 1.1 * usual));
            thread.interrupt();
            thread.join(60_000);
            if (thread.isAlive()) {
                throw new IllegalStateException(name + " goes on a minute after its interrupt");
            }
            if (thrown[0] != null && !String.valueOf(thrown[0].getMessage()).contains("interrupted")) {
                throw new IllegalStateException(name + " failed", thrown[0]);
            }
            ended += thrown[0] == null ? 0 : 1;
        }
        System.out.printf("%s: %d of %d interrupted, %.1f ms usually%n", name, ended, times, usual);
    }

    private static void run() {
        try (OnnxSession session = OnnxSession.open(LARGE, OPTIONS)) {
            for (int i = 0; i < 5; i++) {
                session.run(INPUTS);
            }
        }
    }

    private static void latency() {
        try (OnnxSession original = OnnxSession.open(LARGE, OPTIONS);
                OnnxSession candidate = OnnxSession.open(SMALL, OPTIONS)) {
            LatencyComparison.measure(
                    original,
                    candidate,
                    INPUTS,
                    new LatencyComparison.Effort(20, Duration.ofMillis(20)),
                    ProgressListener.NONE);
        }
    }

    private static void activations(Path folder) {
        try (Activations activations = Activations.of(LARGE, List.of("c1"), OPTIONS);
                var batches = Dataset.open(folder, LARGE).batches(BatchOptions.inOrder(16))) {
            activations.stream(batches, (name, tensor) -> {}, ProgressListener.NONE);
        }
    }

    private static void metric(Path folder) {
        Dataset data = Dataset.open(folder, LARGE);
        try (OnnxSession model = OnnxSession.open(LARGE, OPTIONS);
                OnnxSession original = OnnxSession.open(LARGE, OPTIONS)) {
            new ModelMetrics(KnownOutputs.of(LARGE, data, Map.of()), data)
                    .of(Answers.of(model), Answers.of(original), 16, 0, ProgressListener.NONE);
        }
    }
}
