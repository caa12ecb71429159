package io.millrace.finetune;

import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.NoiseFloor;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.OutputDifference;
import io.millrace.onnx.output.Tolerance;
import io.millrace.tensor.DifferentiableModel;
import java.util.Map;
import java.util.OptionalInt;

/** A wrong mapping must never train: outputs of libtorch and of ONNX Runtime are compared on a few samples. */
final class LibtorchCheck {
    private static final int SAMPLES = 8;

    private LibtorchCheck() {}

    /** The differentiable graph and ONNX Runtime disagree: nothing may be trained then. */
    static final class NotEqualException extends RuntimeException {
        NotEqualException(String message) {
            super(message);
        }
    }

    /**
     * Compares.
     *
     * @return the batch size that the model takes, if it takes one only
     * @throws NotEqualException if the outputs differ by more than roundings
     */
    static OptionalInt batchOf(OnnxModel model, DifferentiableModel differentiable, Dataset data, int threads) {
        SessionOptions runtime = SessionOptions.threads(threads);
        try (OnnxSession session = OnnxSession.open(model, runtime)) {
            int size = session.fixedBatch().orElse((int) Math.min(SAMPLES, data.size()));
            try (Batches few = data.batches(BatchOptions.inOrder(size).limitedTo(size))) {
                Batch batch = few.iterator().next();
                Map<String, Tensor> inputs = batch.inputsPaddedTo(size);
                OutputDifference difference =
                        OutputDifference.between(session.run(inputs), differentiable.forward(inputs));
                Tolerance tolerance = Tolerance.of(model).forNewWeights();
                if (difference.beyond(tolerance).isPresent()) {
                    difference
                            .beyond(tolerance.with(NoiseFloor.of(model, inputs, runtime)))
                            .ifPresent(flaw -> {
                                throw new NotEqualException(
                                        "libtorch does not give what ONNX Runtime does: " + flaw.words());
                            });
                }
            }
            return session.fixedBatch();
        }
    }
}
