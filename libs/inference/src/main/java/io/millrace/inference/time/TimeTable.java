package io.millrace.inference.time;

import io.millrace.inference.InferenceException;
import io.millrace.inference.KernelTimes;
import io.millrace.inference.RandomInputs;
import io.millrace.onnx.OnnxModel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A table of measured time: what each step of a network takes on this machine, found where somebody has measured it
 * before, or else measured as a network of one node and kept. Serves one number of threads.
 */
public final class TimeTable {
    private static final Duration EACH = Duration.ofMillis(40);

    private final TimeStore store;
    private final int threads;
    private final Map<String, Optional<OperationTime>> known = new LinkedHashMap<>();
    private int measured;

    /** @param threads of the runs whose time is told */
    public TimeTable(TimeStore store, int threads) {
        this.store = store;
        this.threads = threads;
    }

    /**
     * The time of a network, step by step.
     *
     * @param nanos by the value that the step makes
     * @param unmeasured steps of unknown time, with the reason
     */
    public record NetworkTime(Map<String, Double> nanos, Map<String, String> unmeasured) {
        /** Of all steps that are known, one after the other. */
        public double sum() {
            return nanos.values().stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    /** @param batch what an open first dimension becomes */
    public NetworkTime of(OnnxModel model, int batch) {
        return of(model, Map.of(), batch, () -> {});
    }

    /**
     * @param sizes of inputs, in place of the ones the model declares
     * @param batch what an open first dimension becomes
     * @param beforeStep called before each step; what it throws ends the measurement
     */
    public NetworkTime of(OnnxModel model, Map<String, long[]> sizes, int batch, Runnable beforeStep) {
        Operations operations = Operations.of(model, sizes, batch);
        Map<String, Double> nanos = new LinkedHashMap<>();
        Map<String, String> unmeasured = new LinkedHashMap<>(operations.unknown());
        for (Operation step : operations.steps()) {
            beforeStep.run();
            of(step).ifPresentOrElse(
                            time -> nanos.put(step.output(), time.nanos()),
                            () -> unmeasured.put(step.output(), "the runtime does not run it alone: " + step.key()));
        }
        return new NetworkTime(nanos, unmeasured);
    }

    /** How many steps this table has measured itself, not found. */
    public int measured() {
        return measured;
    }

    private synchronized Optional<OperationTime> of(Operation step) {
        String key = threads + " threads: " + step.key();
        Optional<OperationTime> time = known.get(key);
        if (time == null) {
            String name = name(Machine.here().words() + "\n" + key);
            time = store.find(name).or(() -> measure(step, key, name));
            known.put(key, time);
        }
        return time;
    }

    private Optional<OperationTime> measure(Operation step, String key, String name) {
        try {
            OnnxModel model = step.model();
            KernelTimes.Result result = KernelTimes.measure(model, RandomInputs.of(model, 1, 1), threads, EACH);
            measured++;
            OperationTime time = new OperationTime(
                    Machine.here().words(), key, result.nanos(), result.low(), result.high(), result.runs());
            store.keep(name, time);
            return Optional.of(time);
        } catch (InferenceException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private static String name(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
