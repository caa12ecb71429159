package io.millrace.inference;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The thread on which time is measured: one at a time, with denormal floats as zero. A thread that calls ONNX Runtime
 * computes its share of every operator, but the runtime's option reaches only its own pools and the one thread that
 * opens the first session of the process; Java gives every thread it starts the usual mode. So this thread has to be
 * the one that opens the first session.
 */
final class MeasuringThread {
    private static final ExecutorService THREAD = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "millrace-measuring");
        thread.setDaemon(true);
        return thread;
    });
    private static final Future<?> FIRST_SESSION = THREAD.submit(MeasuringThread::openFirstSession);

    private MeasuringThread() {}

    /** Waits until the first session of the process has been opened. To be called before any other is. */
    static void await() {
        join(FIRST_SESSION, () -> {});
    }

    private static void openFirstSession() {
        TypeProto scalar = TypeProto.newBuilder()
                .setTensorType(
                        TypeProto.Tensor.newBuilder().setElemType(1).setShape(TensorShapeProto.getDefaultInstance()))
                .build();
        byte[] identity = ModelProto.newBuilder()
                .setIrVersion(7)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(GraphProto.newBuilder()
                        .setName("first")
                        .addInput(ValueInfoProto.newBuilder().setName("x").setType(scalar))
                        .addOutput(ValueInfoProto.newBuilder().setName("y").setType(scalar))
                        .addNode(NodeProto.newBuilder()
                                .setOpType("Identity")
                                .addInput("x")
                                .addOutput("y")))
                .build()
                .toByteArray();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.addConfigEntry("session.set_denormal_as_zero", "1");
            Environment.get().createSession(identity, options).close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime does not open a model of one node", e);
        }
    }

    /**
     * Calls on this thread, when it is free, and waits until the call is over: what it measures may be closed then. An
     * interrupt is handed on to the call, and thrown when that has ended.
     */
    static <T> T call(Callable<T> work) {
        Call<T> call = new Call<>(work);
        return join(THREAD.submit(call), call::interrupt);
    }

    /** One call, which may be interrupted before, while and after it runs. */
    private static final class Call<T> implements Callable<T> {
        private final Callable<T> work;
        private Thread runner;
        private boolean unwanted;

        Call(Callable<T> work) {
            this.work = work;
        }

        @Override
        public T call() throws Exception {
            synchronized (this) {
                if (unwanted) {
                    return null;
                }
                runner = Thread.currentThread();
            }
            try {
                return work.call();
            } finally {
                synchronized (this) {
                    runner = null;
                    Thread.interrupted();
                }
            }
        }

        synchronized void interrupt() {
            unwanted = true;
            if (runner != null) {
                runner.interrupt();
            }
        }
    }

    private static <T> T join(Future<T> task, Runnable onInterrupt) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    T result = task.get();
                    if (interrupted) {
                        throw new InferenceException("interrupted during a measurement", null);
                    }
                    return result;
                } catch (InterruptedException e) {
                    interrupted = true;
                    onInterrupt.run();
                } catch (ExecutionException e) {
                    throw interrupted
                            ? new InferenceException("interrupted during a measurement", e.getCause())
                            : unchecked(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException exception
                ? exception
                : new InferenceException("measuring failed: " + thrown.getMessage(), thrown);
    }
}
