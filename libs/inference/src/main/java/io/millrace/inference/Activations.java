package io.millrace.inference;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.Taps;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Streams the values that inner tensors of a model take on data. One batch is in memory at a time, and each tensor is
 * handed on before the next is read.
 */
public final class Activations implements AutoCloseable {
    private final OnnxSession session;
    private final Set<String> inner;
    private final Set<String> inputs;

    private Activations(OnnxSession session, Set<String> inner, Set<String> inputs) {
        this.session = session;
        this.inner = inner;
        this.inputs = inputs;
    }

    /**
     * @param values names of inputs and of outputs of nodes
     * @throws IllegalArgumentException if the model has no such value
     */
    public static Activations of(OnnxModel model, Collection<String> values, SessionOptions options) {
        Set<String> inputs = new LinkedHashSet<>(values);
        inputs.retainAll(model.graph().inputs().stream().map(v -> v.getName()).toList());
        Set<String> inner = new LinkedHashSet<>(values);
        inner.removeAll(inputs);
        return new Activations(OnnxSession.open(Taps.expose(model, inner), options), inner, inputs);
    }

    /**
     * Runs the model on all batches.
     *
     * @param sink gets the name and the tensor of each value, batch after batch; where a model insists on its batch
     *     size, the last sample fills up the last batch
     */
    public void stream(Batches batches, BiConsumer<String, Tensor> sink, ProgressListener listener) {
        long done = 0;
        for (Batch batch : batches) {
            Map<String, Tensor> given =
                    batch.inputsPaddedTo(session.fixedBatch().orElse(batch.size()));
            run(given, sink);
            done += batch.size();
            listener.progress(done, batches.samples());
        }
    }

    /** Runs the model on one batch, of as many rows as the model insists on. */
    public void run(Map<String, Tensor> given, BiConsumer<String, Tensor> sink) {
        inputs.forEach(input -> sink.accept(input, given.get(input)));
        if (!inner.isEmpty()) {
            session.run(given, inner, sink);
        }
    }

    /** The batch size the model insists on, or the one wanted. */
    public int batchSize(int wanted) {
        return session.fixedBatch().orElse(wanted);
    }

    @Override
    public void close() {
        session.close();
    }
}
