package io.millrace.svd;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.sensitivity.VariantProbe;
import io.millrace.onnx.Graph;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.selection.Sensitivity;
import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Splice;
import io.millrace.worker.StageException;
import java.util.List;
import java.util.function.Consumer;

/** Measures layers one at a time: each is decomposed in several ways, the rest of the network stays as it is. */
final class CutSensitivity {
    private final OnnxModel model;
    private final List<ModelOutput> outputs;
    private final Batches batches;
    private final SessionOptions options;

    /**
     * @param outputs what the model's outputs hold
     * @param batches the samples to score with; read once for each layer
     */
    CutSensitivity(OnnxModel model, List<ModelOutput> outputs, Batches batches, SessionOptions options) {
        this.model = model;
        this.outputs = outputs;
        this.batches = batches;
        this.options = options;
    }

    /**
     * Measures one layer.
     *
     * @param afterBatch called after each batch; what it throws ends the measurement
     */
    Sensitivity measure(Layer layer, List<List<ChainLink>> chains, Runnable afterBatch) {
        List<Consumer<Graph>> changes = chains.stream()
                .map(chain -> (Consumer<Graph>) graph -> Splice.apply(graph, layer, chain, "measured"))
                .toList();
        try (VariantProbe probe = new VariantProbe(model, outputs, layer.nodes(), changes, options)) {
            for (Batch batch : batches) {
                probe.add(batch.inputs());
                afterBatch.run();
            }
            return Sensitivity.of(layer.id(), probe.divergences());
        } catch (RuntimeException e) {
            throw StageException.in("layer " + layer.name(), e);
        } finally {
            batches.close();
        }
    }
}
