package io.millrace.inference;

import io.millrace.data.Batch;
import io.millrace.onnx.Tensor;
import java.util.Map;

/** The outputs of a network for the batches of one pass, computed or remembered. */
@FunctionalInterface
public interface Answers {
    /**
     * The outputs for a batch, one row a sample or more.
     *
     * @param number of the batch in its pass
     */
    Map<String, Tensor> to(int number, Batch batch);

    /** Runs the model; where it takes one batch size only, the last sample fills up the last batch. */
    static Answers of(OnnxSession session) {
        return (number, batch) ->
                session.run(batch.inputsPaddedTo(session.fixedBatch().orElse(batch.size())));
    }
}
