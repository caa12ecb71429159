package io.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Time that a model's operators take, by the runtime's own profile: without the call, and without the change of layout
 * that a short model needs at its ends but a long one does not between its layers.
 */
public final class KernelTimes {
    private static final int WARM_UP = 3;
    private static final int FEWEST_RUNS = 5;
    private static final int MOST_RUNS = 300;
    private static final double NARROW = 0.1;
    private static final int MOST_TIMES = 8;
    private static final Set<String> LAYOUT = Set.of("ReorderInput", "ReorderOutput");
    private static final double PER_MICROSECOND = 1000;

    private KernelTimes() {}

    /**
     * Median time of a run, over all operators.
     *
     * @param nanos median; {@code low}, {@code high} bound its 95 % interval
     * @param runs that were timed
     */
    public record Result(double nanos, double low, double high, int runs) {}

    /** The version of ONNX Runtime. */
    public static String runtimeVersion() {
        return Environment.get().getVersion();
    }

    /**
     * Measures on the thread of all measurements, after a warm-up.
     *
     * @param inputs of the model, by name
     * @param time of all runs together, about; up to eight times as long where they do not agree, and a few are made in
     *     any case
     * @throws InferenceException if the model does not run, or the caller is interrupted
     */
    public static Result measure(OnnxModel model, Map<String, Tensor> inputs, int threads, Duration time) {
        MeasuringThread.await();
        return MeasuringThread.call(() -> {
            Path folder = Files.createTempDirectory("profile");
            try {
                return result(profile(model, inputs, threads, time, folder));
            } catch (OrtException e) {
                throw new InferenceException("cannot be timed: " + OnnxSession.reason(e), e);
            } finally {
                delete(folder);
            }
        });
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static JsonNode profile(
            OnnxModel model, Map<String, Tensor> inputs, int threads, Duration time, Path folder)
            throws OrtException, IOException {
        byte[] bytes = model.toBytes();
        OpenedSession opened = OpenedSession.of(SessionOptions.threads(threads), configured -> {
            configured.enableProfiling(folder.resolve("run").toString());
            return Environment.get().createSession(bytes, configured);
        });
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        List<ByteBuffer> lent = new ArrayList<>();
        try {
            for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
                given.put(input.getKey(), RuntimeTensors.toRuntime(Environment.get(), input.getValue(), lent));
            }
            run(opened.session(), given, time);
            return new ObjectMapper()
                    .readTree(Path.of(opened.session().endProfiling()).toFile());
        } finally {
            given.values().forEach(OnnxTensor::close);
            lent.forEach(DirectBuffers.shared()::giveBack);
            opened.close();
        }
    }

    /** Runs for the given time, and on a busy machine for longer, until the runs agree or it is in vain. */
    private static void run(OrtSession session, Map<String, OnnxTensor> inputs, Duration time) throws OrtException {
        double[] runs = new double[MOST_RUNS];
        long begin = System.nanoTime();
        double look = time.toNanos();
        for (int i = -WARM_UP; i < MOST_RUNS; i++) {
            long start = System.nanoTime();
            if (i >= FEWEST_RUNS && start - begin > look) {
                Median median = Median.of(Arrays.copyOf(runs, i));
                boolean agree = median.high() - median.low() <= NARROW * median.value();
                if (agree || start - begin > MOST_TIMES * time.toNanos()) {
                    return;
                }
                look *= 1.5;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new InferenceException("interrupted during a measurement", null);
            }
            session.run(inputs).close();
            if (i >= 0) {
                runs[i] = System.nanoTime() - start;
            }
        }
    }

    /** An operator or a run in the profile; microseconds. */
    private record Span(long begin, long micros) {
        boolean contains(Span other) {
            return other.begin >= begin && other.begin + other.micros <= begin + micros;
        }
    }

    /**
     * The operators' time by run. Those of sub-graphs are in the operators that hold them. The profile cuts to whole
     * microseconds; what is cut off is taken to be spread evenly.
     */
    private static Result result(JsonNode profile) {
        List<Span> runs = new ArrayList<>();
        List<Span> operators = new ArrayList<>();
        for (JsonNode event : profile) {
            String name = event.path("name").asText();
            Span span = new Span(event.path("ts").asLong(), event.path("dur").asLong());
            if (name.equals("model_run")) {
                runs.add(span);
            } else if (name.endsWith("_kernel_time")
                    && !LAYOUT.contains(event.path("args").path("op_name").asText())) {
                operators.add(span);
            }
        }
        operators.sort(Comparator.comparingLong(Span::begin).thenComparing(Span::micros, Comparator.reverseOrder()));
        runs.sort(Comparator.comparingLong(Span::begin));
        double[] nanos = new double[Math.max(0, runs.size() - WARM_UP)];
        int run = 0;
        Span outer = null;
        double cut = 0;
        for (Span operator : operators) {
            while (run < runs.size() && !runs.get(run).contains(operator)) {
                run++;
            }
            boolean inner = outer != null && outer.micros > 0 && outer.contains(operator);
            if (run >= WARM_UP && run < runs.size() && !inner) {
                cut = (cut + 0.618034) % 1;
                nanos[run - WARM_UP] += (operator.micros + cut) * PER_MICROSECOND;
            }
            outer = inner ? outer : operator;
        }
        if (nanos.length == 0) {
            throw new InferenceException("the runtime's profile holds no run", null);
        }
        Median median = Median.of(nanos);
        return new Result(median.value(), median.low(), median.high(), nanos.length);
    }
}
