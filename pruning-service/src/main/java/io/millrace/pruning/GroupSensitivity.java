package io.millrace.pruning;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelCut;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.pruning.PruningPlan.PrunableGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Measures groups one at a time: each loses some of its channels, the rest of the network stays as it is. */
final class GroupSensitivity implements AutoCloseable {
    private final OnnxModel model;
    private final List<ModelOutput> outputs;
    private final Batches batches;
    private final SessionOptions options;
    private final List<Map<String, Tensor>> reference = new ArrayList<>();

    /**
     * What pruning one group alone costs the network's answer.
     *
     * @param key of the group
     * @param losses mean divergence of the outputs from the model's own, by option of the group; 0 for none
     * @param agreements share of samples whose largest output stayed the same, by option
     */
    record Measured(String key, List<Double> losses, List<Double> agreements) {}

    /**
     * Runs the model itself once over the samples.
     *
     * @param outputs what the model's outputs hold
     */
    GroupSensitivity(
            OnnxModel model, List<ModelOutput> outputs, Batches batches, SessionOptions options, Runnable afterBatch) {
        this.model = model;
        this.outputs = outputs;
        this.batches = batches;
        this.options = options;
        try (OnnxSession session = OnnxSession.open(model, options)) {
            for (Batch batch : batches) {
                reference.add(session.run(batch.inputs()));
                afterBatch.run();
            }
        }
    }

    /** @param afterBatch called after each batch; what it throws ends the measurement */
    Measured measure(PrunableGroup group, Runnable afterBatch) {
        List<Double> losses = new ArrayList<>();
        List<Double> agreements = new ArrayList<>();
        for (int[] removed : group.options()) {
            OutputDivergence divergence = divergence(ChannelCut.cut(model, group.group(), removed), afterBatch);
            losses.add(divergence.loss());
            agreements.add(divergence.agreement());
        }
        return new Measured(group.key(), losses, agreements);
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

    @Override
    public void close() {
        batches.close();
    }
}
