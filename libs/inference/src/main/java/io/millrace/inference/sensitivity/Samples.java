package io.millrace.inference.sensitivity;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.ModelOutput;
import java.nio.file.Path;
import java.util.List;

/** A random, repeatable choice of a data set's samples, in batches that the model takes. */
public final class Samples {
    private static final int BATCH = 32;

    private Samples() {}

    /**
     * Opens a choice of samples; where the model takes one batch size only, some come twice to fill the last batch.
     *
     * @param limit samples at most, but at least one batch
     * @param seed decides which
     * @throws io.millrace.data.InvalidDataException if the data set is broken or does not fit the model
     */
    public static Batches of(Path folder, OnnxModel model, long limit, long seed) {
        int fixed = fixedBatch(model);
        BatchOptions options = BatchOptions.shuffled(fixed > 0 ? fixed : (int) Math.min(BATCH, limit), seed)
                .limitedTo(Math.max(limit, fixed));
        return Dataset.open(folder, model).batches(fixed > 0 ? options.fillingLast() : options);
    }

    /** The number on axis 0 of the model's first input, 0 where it is open. */
    private static int fixedBatch(OnnxModel model) {
        if (model.graph().inputs().isEmpty()) {
            return 0;
        }
        ValueInfoProto input = model.graph().inputs().get(0);
        TensorShapeProto shape = input.getType().getTensorType().getShape();
        return shape.getDimCount() == 0
                ? 0
                : Math.toIntExact(Math.max(0, shape.getDim(0).getDimValue()));
    }

    /**
     * How far the outputs of a changed model are from those of the model itself.
     *
     * @param outputs what the model's outputs hold
     * @param afterBatch called after each batch; what it throws ends the comparison
     */
    public static OutputDivergence compare(
            OnnxModel model,
            List<ModelOutput> outputs,
            OnnxModel changed,
            Batches batches,
            SessionOptions options,
            Runnable afterBatch) {
        OutputDivergence divergence = new OutputDivergence(outputs);
        try (OnnxSession reference = OnnxSession.open(model, options);
                OnnxSession other = OnnxSession.open(changed, options)) {
            for (Batch batch : batches) {
                divergence.add(reference.run(batch.inputs()), other.run(batch.inputs()));
                afterBatch.run();
            }
            return divergence;
        } finally {
            batches.close();
        }
    }
}
