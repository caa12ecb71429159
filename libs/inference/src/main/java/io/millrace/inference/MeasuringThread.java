package io.millrace.inference;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OrtEnvironment;
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
        join(FIRST_SESSION);
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
            OrtEnvironment.getEnvironment().createSession(identity, options).close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime does not open a model of one node", e);
        }
    }

    /** Calls on this thread, when it is free, and waits. */
    static <T> T call(Callable<T> work) {
        return join(THREAD.submit(work));
    }

    private static <T> T join(Future<T> task) {
        try {
            return task.get();
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new InferenceException("interrupted during a measurement", e);
        } catch (ExecutionException e) {
            throw unchecked(e.getCause());
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
