package io.millrace.inference;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A model ready to run on ONNX Runtime's CPU provider. Its threads stop spinning when a call ends, and treat denormal
 * numbers as zero; the calling thread does so where time is measured. Calls may come from several threads.
 */
public final class OnnxSession implements AutoCloseable {
    private static final OrtEnvironment ENVIRONMENT =
            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "millrace");

    private final String name;
    private final OrtSession session;
    private final SessionOptions options;
    private final Map<String, NodeInfo> inputs;
    private final List<String> outputs;

    private OnnxSession(String name, OrtSession session, SessionOptions options) throws OrtException {
        this.name = name;
        this.session = session;
        this.options = options;
        this.inputs = new LinkedHashMap<>(session.getInputInfo());
        this.outputs = List.copyOf(session.getOutputNames());
    }

    /**
     * Loads a model from memory.
     *
     * @throws InferenceException if the runtime refuses it
     */
    public static OnnxSession open(OnnxModel model, SessionOptions options) {
        return load(model.origin().getGraph().getName(), options, configured -> {
            byte[] bytes = model.toBytes();
            return () -> ENVIRONMENT.createSession(bytes, configured);
        });
    }

    /**
     * Loads a model from a file, with its external data.
     *
     * @throws InferenceException if it is not there or the runtime refuses it
     */
    public static OnnxSession open(Path file, SessionOptions options) {
        if (!Files.isRegularFile(file)) {
            throw new InferenceException(file + ": no such model file", null);
        }
        return load(
                file.getFileName().toString(),
                options,
                configured -> () -> ENVIRONMENT.createSession(file.toString(), configured));
    }

    private interface Loader {
        Callable<OrtSession> with(OrtSession.SessionOptions configured);
    }

    private static OnnxSession load(String name, SessionOptions options, Loader loader) {
        MeasuringThread.await();
        OrtSession.SessionOptions configured = new OrtSession.SessionOptions();
        try {
            configure(configured, options);
            OrtSession session = TimeLimit.load(loader.with(configured), options.limit(), OnnxSession::discard);
            configured.close();
            return new OnnxSession(name, session, options);
        } catch (TimeoutException e) {
            throw new InferenceException.TimedOut(
                    "model '%s' was not loaded within %s".formatted(name, options.limit()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException("interrupted while loading model '" + name + "'", e);
        } catch (OrtException e) {
            configured.close();
            throw new InferenceException("ONNX Runtime refuses model '%s': %s".formatted(name, reason(e)), e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new InferenceException("model '%s' cannot be loaded: %s".formatted(name, e.getMessage()), e);
        }
    }

    private static void configure(OrtSession.SessionOptions configured, SessionOptions options) throws OrtException {
        configured.setIntraOpNumThreads(options.threads());
        configured.setInterOpNumThreads(1);
        configured.setOptimizationLevel(options.level().runtime);
        // What fails is told by exceptions; the runtime's own lines would only repeat it.
        configured.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        configured.addConfigEntry("session.force_spinning_stop", "1");
        configured.addConfigEntry("session.set_denormal_as_zero", "1");
        if (options.optimizedModel() != null) {
            configured.setOptimizedModelFilePath(options.optimizedModel().toString());
        }
    }

    private static void discard(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new InferenceException("a session could not be closed: " + reason(e), e);
        }
    }

    /** Names of the inputs a run needs. */
    public List<String> inputNames() {
        return List.copyOf(inputs.keySet());
    }

    /** Names of all outputs, in the model's order. */
    public List<String> outputNames() {
        return outputs;
    }

    /** Shape of an input or {@code null} where it is no tensor; -1 for what is open. */
    public long[] inputShape(String input) {
        return inputs.get(input).getInfo() instanceof TensorInfo tensor ? tensor.getShape() : null;
    }

    /** The batch size of a model that takes no other: the number on axis 0 of its first input. */
    public OptionalInt fixedBatch() {
        long[] shape =
                inputs.isEmpty() ? null : inputShape(inputs.keySet().iterator().next());
        return shape == null || shape.length == 0 || shape[0] < 1
                ? OptionalInt.empty()
                : OptionalInt.of(Math.toIntExact(shape[0]));
    }

    /** Runs the model and gives all its outputs. See {@link #run(Map, Collection)}. */
    public Map<String, Tensor> run(Map<String, Tensor> values) {
        return run(values, outputs);
    }

    /**
     * Runs the model.
     *
     * @param values by input name; direct memory is not copied
     * @param wanted names of the outputs to give
     * @throws InferenceException if a value is missing or does not fit, or the runtime fails
     * @throws InferenceException.TimedOut if it took longer than the session's limit
     */
    public Map<String, Tensor> run(Map<String, Tensor> values, Collection<String> wanted) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        run(values, wanted, tensors::put);
        return tensors;
    }

    /** Runs the model as {@link #run(Map, Collection)} does, and hands on one output at a time. */
    public void run(Map<String, Tensor> values, Collection<String> wanted, BiConsumer<String, Tensor> sink) {
        Map<String, OnnxTensor> given = prepare(values);
        try {
            run(given, wanted, result -> read(result, sink));
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
    }

    /** The inputs in the runtime's form, to be closed by the caller. */
    Map<String, OnnxTensor> prepare(Map<String, Tensor> values) {
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        for (String input : inputs.keySet()) {
            Tensor value = values.get(input);
            if (value == null) {
                given.values().forEach(OnnxTensor::close);
                throw new InferenceException(
                        "model '%s' needs its input '%s'; given are %s".formatted(name, input, values.keySet()), null);
            }
            given.put(input, RuntimeTensors.toRuntime(ENVIRONMENT, value));
        }
        return given;
    }

    /** Nanoseconds of one run, outputs left where they are. */
    long time(Map<String, OnnxTensor> given) {
        long start = System.nanoTime();
        run(given, outputs, result -> {});
        return System.nanoTime() - start;
    }

    private void run(Map<String, OnnxTensor> given, Collection<String> wanted, Consumer<OrtSession.Result> reader) {
        try (TimeLimit.Run run = new TimeLimit.Run(options.limit())) {
            try (OrtSession.Result result = session.run(given, new LinkedHashSet<>(wanted), run.options())) {
                reader.accept(result);
            } catch (OrtException e) {
                if (run.expired()) {
                    throw new InferenceException.TimedOut(
                            "model '%s' did not finish a run within %s".formatted(name, options.limit()), e);
                }
                throw e;
            }
        } catch (OrtException e) {
            throw new InferenceException("model '%s' failed to run: %s".formatted(name, reason(e)), e);
        }
    }

    private void read(OrtSession.Result result, BiConsumer<String, Tensor> sink) {
        for (Map.Entry<String, OnnxValue> entry : result) {
            if (!(entry.getValue() instanceof OnnxTensor tensor)) {
                throw new InferenceException(
                        "output '%s' of model '%s' is no tensor".formatted(entry.getKey(), name), null);
            }
            sink.accept(entry.getKey(), RuntimeTensors.fromRuntime(tensor));
        }
    }

    private static String reason(OrtException e) {
        return e.getMessage().replaceFirst("^Error code - \\w+ - message: ", "").strip();
    }

    @Override
    public void close() {
        discard(session);
    }
}
