package io.millrace.data;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Turns samples of a stored array into a model's input: {@code (x * scale - mean[c]) / std[c]} with c along axis 1,
 * channels last brought to channels first where the model wants that. Inputs of integers get the values as stored.
 */
final class ArrayInput {
    private final String input;
    private final String array;
    private final ArrayHeader source;
    private final ElementType target;
    private final long[] sampleDims;
    private final boolean channelsLast;
    private final int channels;
    private final int inner;
    private final float[] factor;
    private final float[] shift;
    private final float[][] byteValues;

    /**
     * @param sampleDims shape of one sample as the model takes it
     * @param channelsLast whether the array holds [H, W, C] where {@code sampleDims} are [C, H, W]
     */
    ArrayInput(
            String input,
            DatasetDescription.Input described,
            String array,
            ArrayHeader source,
            ElementType target,
            long[] sampleDims,
            boolean channelsLast) {
        this.input = input;
        this.array = array;
        this.source = source;
        this.target = target;
        this.sampleDims = sampleDims.clone();
        this.channelsLast = channelsLast;
        int count = Math.toIntExact(ArrayHeader.count(sampleDims));
        this.channels = sampleDims.length == 0 ? 1 : (int) Math.max(1, sampleDims[0]);
        this.inner = count / channels;
        boolean bytes = source.type() == ElementType.UINT8;
        this.byteValues = bytes ? new float[channels][256] : null;
        double scale = described.scale() != null ? described.scale() : bytes ? 1 / 255.0 : 1;
        this.factor = new float[channels];
        this.shift = new float[channels];
        for (int c = 0; c < channels; c++) {
            double mean = perChannel(described.mean(), c, 0, "mean");
            double std = perChannel(described.std(), c, 1, "std");
            factor[c] = (float) (scale / std);
            shift[c] = (float) (-mean / std);
            for (int v = 0; bytes && v < 256; v++) {
                byteValues[c][v] = (float) ((v * scale - mean) / std);
            }
        }
    }

    private double perChannel(List<Double> values, int channel, double otherwise, String what) {
        if (values == null || values.isEmpty()) {
            return otherwise;
        }
        if (values.size() != 1 && values.size() != channels) {
            throw new InvalidDataException(
                    "%s: inputs.%s.%s has %d values, but the input has %d channels; give one, or one per channel"
                            .formatted(DatasetDescription.FILE, input, what, values.size(), channels));
        }
        return values.get(values.size() == 1 ? 0 : channel);
    }

    String input() {
        return input;
    }

    String array() {
        return array;
    }

    /** One batch; {@code raw[i]} is the buffer that holds sample {@code index[i]}. */
    Tensor gather(ByteBuffer[] raw, int[] index, int size) {
        long[] dims = new long[sampleDims.length + 1];
        dims[0] = size;
        System.arraycopy(sampleDims, 0, dims, 1, sampleDims.length);
        if (!target.isFloatingPoint()) {
            return stored(raw, index, size, dims).as(target);
        }
        int count = channels * inner;
        ByteBuffer data = ByteBuffer.allocateDirect(Math.multiplyExact(Math.multiplyExact(count, size), 4))
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] row = new float[count];
        byte[] bytes = new byte[byteValues == null ? 0 : count];
        for (int i = 0; i < size; i++) {
            if (byteValues != null) {
                raw[i].get(index[i] * count, bytes);
                decode(bytes, row);
            } else {
                decode(floats(raw[i], index[i], count), row);
            }
            data.asFloatBuffer().put(row);
            data.position(data.position() + count * 4);
        }
        return Tensor.of(ElementType.FLOAT, data.flip(), dims).as(target);
    }

    private Tensor stored(ByteBuffer[] raw, int[] index, int size, long[] dims) {
        int bytes = (int) source.type().bytes((long) channels * inner);
        ByteBuffer data = ByteBuffer.allocateDirect(bytes * size).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
            data.put(raw[i].duplicate().position(index[i] * bytes).limit((index[i] + 1) * bytes));
        }
        return Tensor.of(source.type(), data.flip(), dims);
    }

    private void decode(byte[] values, float[] row) {
        int perChannel = channelsLast ? 1 : inner;
        int perPosition = channelsLast ? channels : 1;
        for (int c = 0; c < channels; c++) {
            float[] table = byteValues[c];
            for (int p = 0, at = c * perChannel, to = c * inner; p < inner; p++, at += perPosition) {
                row[to + p] = table[values[at] & 0xff];
            }
        }
    }

    private void decode(float[] values, float[] row) {
        int perChannel = channelsLast ? 1 : inner;
        int perPosition = channelsLast ? channels : 1;
        for (int c = 0; c < channels; c++) {
            float a = factor[c];
            float b = shift[c];
            for (int p = 0, at = c * perChannel, to = c * inner; p < inner; p++, at += perPosition) {
                row[to + p] = values[at] * a + b;
            }
        }
    }

    private float[] floats(ByteBuffer raw, int sample, int count) {
        int bytes = (int) source.type().bytes(count);
        ByteBuffer slice = raw.duplicate().position(sample * bytes).limit((sample + 1) * bytes);
        return Tensor.of(source.type(), slice, count).floats();
    }
}
