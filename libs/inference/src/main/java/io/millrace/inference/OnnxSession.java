package io.millrace.inference;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;

/**
 * A model ready to run on ONNX Runtime's CPU provider. Its threads stop spinning when a call ends, and treat denormal
 * numbers as zero; the calling thread does so where time is measured. Calls may come from several threads.
 */
public final class OnnxSession implements AutoCloseable {
    private final String name;
    private final OpenedSession opened;
    private final SessionOptions options;
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
    private boolean closed;
    private final Map<String, NodeInfo> inputs;
    private final List<String> outputs;

    private OnnxSession(String name, OpenedSession opened, SessionOptions options) throws OrtException {
        this.name = name;
        this.opened = opened;
        this.options = options;
        this.inputs = new LinkedHashMap<>(opened.session().getInputInfo());
        this.outputs = List.copyOf(opened.session().getOutputNames());
    }

    /**
     * Loads a model from memory.
     *
     * @throws InferenceException if the runtime refuses it
     */
    public static OnnxSession open(OnnxModel model, SessionOptions options) {
        byte[] bytes = model.toBytes();
        return load(model.origin().getGraph().getName(), options, configured -> Environment.get()
                .createSession(bytes, configured));
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
        return load(file.getFileName().toString(), options, configured -> Environment.get()
                .createSession(file.toString(), configured));
    }

    private static OnnxSession load(String name, SessionOptions options, OpenedSession.Loader loader) {
        MeasuringThread.await();
        try {
            OpenedSession opened =
                    Loading.of(() -> OpenedSession.of(options, loader), options.limit(), OpenedSession::close);
            try {
                return new OnnxSession(name, opened, options);
            } catch (OrtException | RuntimeException e) {
                opened.close();
                throw e;
            }
        } catch (TimeoutException e) {
            throw new InferenceException.TimedOut(
                    "model '%s' was not loaded within %s".formatted(name, options.limit()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException("interrupted while loading model '" + name + "'", e);
        } catch (OrtException e) {
            throw new InferenceException("ONNX Runtime refuses model '%s': %s".formatted(name, reason(e)), e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new InferenceException("model '%s' cannot be loaded: %s".formatted(name, e.getMessage()), e);
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
        try (Prepared prepared = prepare(values)) {
            prepared.run(new LinkedHashSet<>(wanted), (result, nanos) -> read(result, sink));
        }
    }

    /** The inputs in the runtime's form, to be closed by the caller. */
    Prepared prepare(Map<String, Tensor> values) {
        Prepared prepared = new Prepared();
        try {
            for (String input : inputs.keySet()) {
                Tensor value = values.get(input);
                if (value == null) {
                    throw new InferenceException(
                            "model '%s' needs its input '%s'; given are %s".formatted(name, input, values.keySet()),
                            null);
                }
                prepared.given.put(input, RuntimeTensors.toRuntime(Environment.get(), value, prepared.lent));
            }
            return prepared;
        } catch (RuntimeException e) {
            prepared.close();
            throw e;
        }
    }

    private interface Reader {
        void read(OrtSession.Result result, long nanos);
    }

    /** Inputs ready to run on; not for use by several threads at a time. */
    final class Prepared implements AutoCloseable {
        private final Map<String, OnnxTensor> given = new LinkedHashMap<>();
        private final List<ByteBuffer> lent = new ArrayList<>();
        private final Set<String> all = new LinkedHashSet<>(outputs);

        /** Nanoseconds of one run, from the call to its outputs; making them ready and giving them back not counted. */
        long time() {
            long[] time = new long[1];
            run(all, (result, nanos) -> time[0] = nanos);
            return time[0];
        }

        private void run(Set<String> wanted, Reader reader) {
            use.readLock().lock();
            try {
                if (closed) {
                    throw new IllegalStateException("the session of model '" + name + "' is closed");
                }
                runOpen(wanted, reader);
            } finally {
                use.readLock().unlock();
            }
        }

        private void runOpen(Set<String> wanted, Reader reader) {
            try (RunWatch.Run run = new RunWatch.Run(options.limit())) {
                long start = System.nanoTime();
                try (OrtSession.Result result = opened.session().run(given, wanted, run.options())) {
                    reader.read(result, System.nanoTime() - start);
                } catch (OrtException e) {
                    throw ended(run.end(), e);
                }
            } catch (OrtException e) {
                throw ended(null, e);
            }
        }

        private InferenceException ended(RunWatch.End end, OrtException e) {
            if (end == RunWatch.End.TIME_OVER) {
                return new InferenceException.TimedOut(
                        "model '%s' did not finish a run within %s".formatted(name, options.limit()), e);
            }
            return new InferenceException(
                    end == RunWatch.End.INTERRUPTED
                            ? "interrupted while running model '" + name + "'"
                            : "model '%s' failed to run: %s".formatted(name, reason(e)),
                    e);
        }

        @Override
        public void close() {
            given.values().forEach(OnnxTensor::close);
            given.clear();
            lent.forEach(DirectBuffers.shared()::giveBack);
            lent.clear();
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

    static String reason(OrtException e) {
        return e.getMessage().replaceFirst("^Error code - \\w+ - message: ", "").strip();
    }

    /** Waits until nothing runs any more, whatever interrupts the wait, and gives back what the runtime holds. */
    @Override
    public void close() {
        if (use.getReadHoldCount() > 0) {
            throw new IllegalStateException("a session cannot be closed by what reads its outputs");
        }
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                opened.close();
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
