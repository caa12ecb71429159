package io.millrace.compression;

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

/** How far the outputs of some networks are from those of another one, batch by batch: nothing is held. */
final class OutputComparisons {
    private OutputComparisons() {}

    /**
     * @param outputs what the model's outputs hold
     * @param afterBatch what it throws ends the comparison
     * @return of each of the changed networks
     */
    static List<OutputDivergence> of(
            OnnxModel model,
            List<OnnxModel> changed,
            List<ModelOutput> outputs,
            Iterable<Batch> batches,
            SessionOptions options,
            Runnable afterBatch) {
        List<OutputDivergence> divergences =
                changed.stream().map(other -> new OutputDivergence(outputs)).toList();
        List<OnnxSession> sessions = new ArrayList<>();
        try (OnnxSession reference = OnnxSession.open(model, options)) {
            changed.forEach(other -> sessions.add(OnnxSession.open(other, options)));
            for (Batch batch : batches) {
                Map<String, Tensor> wanted = reference.run(batch.inputs());
                for (int i = 0; i < sessions.size(); i++) {
                    divergences.get(i).add(wanted, sessions.get(i).run(batch.inputs()));
                }
                afterBatch.run();
            }
            return divergences;
        } finally {
            sessions.forEach(OnnxSession::close);
        }
    }
}
