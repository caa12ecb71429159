package io.millrace.pruning;

import io.millrace.data.Batch;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a network answers on some samples, to compare the answers of changed networks with. Holds the answers. */
final class ReferenceOutputs {
    private final List<ModelOutput> outputs;
    private final Iterable<Batch> batches;
    private final SessionOptions options;
    private final List<Map<String, Tensor>> reference = new ArrayList<>();

    /**
     * Runs the model itself once over the samples.
     *
     * @param outputs what the model's outputs hold
     * @param batches the same ones in each iteration, at least one
     * @param afterBatch called after each batch; what it throws ends the run
     */
    ReferenceOutputs(
            OnnxModel model,
            List<ModelOutput> outputs,
            Iterable<Batch> batches,
            SessionOptions options,
            Runnable afterBatch) {
        this.outputs = outputs;
        this.batches = batches;
        this.options = options;
        try (OnnxSession session = OnnxSession.open(model, options)) {
            for (Batch batch : batches) {
                reference.add(session.run(batch.inputs()));
                afterBatch.run();
            }
        }
        if (reference.isEmpty()) {
            throw new IllegalArgumentException("there is no batch of samples to compare outputs on");
        }
    }

    /** How far another model's outputs are from the model's. */
    OutputDivergence divergence(OnnxModel changed, Runnable afterBatch) {
        OutputDivergence divergence = new OutputDivergence(outputs);
        try (OnnxSession session = OnnxSession.open(changed, options)) {
            int at = 0;
            for (Batch batch : batches) {
                divergence.add(reference.get(at++), session.run(batch.inputs()));
                afterBatch.run();
            }
        }
        return divergence;
    }
}
