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
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;

/**
 * Threads that treat denormal floats as zero. A thread that calls ONNX Runtime computes its share of every operator,
 * but the runtime's option reaches only its own pools and the one thread that opens the first session of the process.
 * So a thread of ours opens the first session, and the threads it starts inherit its floating-point mode.
 */
final class RuntimeThreads {
    private static final ThreadGroup GROUP = new ThreadGroup("millrace-inference");
    private static final ExecutorService FIRST = Executors.newSingleThreadExecutor(factory("first"));
    private static final ExecutorService POOL = Executors.newCachedThreadPool(factory("run"));

    static {
        FIRST.execute(RuntimeThreads::openFirstSession);
    }

    private RuntimeThreads() {}

    private static ThreadFactory factory(String name) {
        return task -> {
            Thread thread = new Thread(GROUP, task, "millrace-inference-" + name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private static void openFirstSession() {
        TypeProto scalar = TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder()
                        .setElemType(1)
                        .setShape(TensorShapeProto.getDefaultInstance()))
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

    /** Calls on such a thread, and waits; on the spot where the caller is one already. */
    static <T> T call(Callable<T> work) {
        try {
            if (Thread.currentThread().getThreadGroup() == GROUP) {
                return work.call();
            }
            FutureTask<T> task = new FutureTask<>(work);
            // A thread of the pool is started by whoever hands it its first task: always the first thread.
            FIRST.execute(() -> POOL.execute(task));
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException("interrupted during inference", e);
        } catch (ExecutionException e) {
            throw unchecked(e.getCause());
        } catch (Exception e) {
            throw unchecked(e);
        }
    }

    private static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException exception
                ? exception
                : new InferenceException("inference failed: " + thrown.getMessage(), thrown);
    }
}
