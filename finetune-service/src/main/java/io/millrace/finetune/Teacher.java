package io.millrace.finetune;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.data.Batch;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * The logits of the original model, by ONNX Runtime. Where samples come again unchanged in each epoch, what it said is
 * kept up to a bound of memory, so that only the first epoch pays for it.
 */
final class Teacher implements AutoCloseable {
    private static final long KEPT_BYTES = 256L << 20;

    private final OnnxSession session;
    private final String logits;
    private final float[][] kept;
    private long[] rowShape;

    /**
     * @param scores the value of the original to learn
     * @param samples of the data set, if they always look the same; 0 if nothing is to be kept
     */
    Teacher(OnnxModel original, String scores, int threads, long samples) {
        logits = scores;
        OnnxModel model = original.copy();
        if (!model.graph().isOutput(logits)) {
            Patch.of(model.graph(), "tap")
                    .outputs(List.of(ValueInfoProto.newBuilder().setName(logits).build()))
                    .apply();
        }
        session = OnnxSession.open(model, SessionOptions.threads(threads));
        kept = new float[(int) Math.min(samples, Integer.MAX_VALUE - 8)][];
    }

    /** The logits of a batch, one row a sample. */
    Tensor logits(Batch batch) {
        if (!keepsAllOf(batch)) {
            int fixed = session.fixedBatch().orElse(batch.size());
            Tensor rows = fixed == batch.size() ? run(batch) : inPieces(batch, fixed);
            rowShape = rows.dims();
            if (kept.length == 0 || kept.length * 4L * rows.count() / batch.size() > KEPT_BYTES) {
                return rows;
            }
            keep(batch, rows);
        }
        return fromKept(batch);
    }

    private boolean keepsAllOf(Batch batch) {
        for (long position : batch.positions()) {
            if (position >= kept.length || kept[(int) position] == null) {
                return false;
            }
        }
        return kept.length > 0;
    }

    private Tensor run(Batch batch) {
        return session.run(batch.inputs(), List.of(logits)).get(logits);
    }

    /** For an original that takes one batch size only. */
    private Tensor inPieces(Batch batch, int size) {
        ByteBuffer all = null;
        long[] shape = null;
        for (int from = 0; from < batch.size(); from += size) {
            int count = Math.min(size, batch.size() - from);
            Batch piece = Rows.of(batch, from, count);
            Tensor rows =
                    session.run(piece.inputsPaddedTo(size), List.of(logits)).get(logits);
            int row = rows.bytes().remaining() / size;
            if (all == null) {
                all = ByteBuffer.allocateDirect(row * batch.size()).order(ByteOrder.LITTLE_ENDIAN);
                shape = rows.dims();
                shape[0] = batch.size();
            }
            all.put(rows.bytes().limit(row * count));
        }
        return Tensor.of(ElementType.FLOAT, all.flip(), shape);
    }

    private void keep(Batch batch, Tensor rows) {
        float[] values = rows.floats();
        int width = values.length / batch.size();
        for (int i = 0; i < batch.size(); i++) {
            kept[(int) batch.positions()[i]] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
        }
    }

    private Tensor fromKept(Batch batch) {
        int width = kept[(int) batch.positions()[0]].length;
        float[] values = new float[batch.size() * width];
        for (int i = 0; i < batch.size(); i++) {
            System.arraycopy(kept[(int) batch.positions()[i]], 0, values, i * width, width);
        }
        long[] shape = rowShape.clone();
        shape[0] = batch.size();
        return Tensor.ofFloats(values, shape);
    }

    @Override
    public void close() {
        session.close();
    }
}
