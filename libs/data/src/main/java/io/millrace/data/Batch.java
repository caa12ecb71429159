package io.millrace.data;

import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Samples ready for a model.
 *
 * @param inputs by input name; the first axis counts samples
 * @param labels class of each sample; empty for a data set without labels
 * @param size samples
 * @param positions of each sample, its number in the data set in the order of the files
 */
public record Batch(Map<String, Tensor> inputs, long[] labels, int size, long[] positions) {

    /** A batch whose place in its data set does not matter. */
    public Batch(Map<String, Tensor> inputs, long[] labels, int size) {
        this(inputs, labels, size, new long[0]);
    }

    /**
     * The inputs brought to {@code samples} rows by repeating the last one: for models of a fixed batch size. The
     * surplus rows of the outputs mean nothing.
     */
    public Map<String, Tensor> inputsPaddedTo(int samples) {
        if (samples <= size) {
            return inputs;
        }
        Map<String, Tensor> padded = new LinkedHashMap<>();
        inputs.forEach((name, tensor) -> padded.put(name, pad(tensor, samples)));
        return padded;
    }

    private Tensor pad(Tensor tensor, int samples) {
        ByteBuffer source = tensor.bytes();
        int row = source.remaining() / size;
        ByteBuffer data = ByteBuffer.allocate(row * samples).order(ByteOrder.LITTLE_ENDIAN);
        data.put(source.duplicate());
        while (data.hasRemaining()) {
            data.put(source.duplicate().position(row * (size - 1)).limit(row * size));
        }
        long[] dims = tensor.dims();
        dims[0] = samples;
        return Tensor.of(tensor.type(), data.flip(), dims);
    }
}
