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
    /** Bytes are looked up, as long as there are few channels that differ. */
    private static final int MOST_TABLES = 16;

    private final String input;
    private final String array;
    private final ArrayHeader source;
    private final ElementType target;
    private final long[] sampleDims;
    private final boolean channelsLast;
    private final int channels;
    private final int inner;
    private final double[] factor;
    private final double[] shift;
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
        checkStored(described);
        double scale = described.scale() != null ? described.scale() : bytes ? 1 / 255.0 : 1;
        boolean alike = atMostOne(described.mean()) && atMostOne(described.std());
        this.factor = new double[alike ? 1 : channels];
        this.shift = new double[factor.length];
        for (int c = 0; c < factor.length; c++) {
            double mean = perChannel(described.mean(), c, 0, "mean");
            double std = perChannel(described.std(), c, 1, "std");
            factor[c] = scale / std;
            shift[c] = -mean / std;
        }
        this.byteValues = bytes && factor.length <= MOST_TABLES ? tables() : null;
    }

    /** A model that takes integers gets them as they are stored; what would change them is said in vain. */
    private void checkStored(DatasetDescription.Input described) {
        if (!target.isFloatingPoint()
                && (described.scale() != null || described.mean() != null || described.std() != null)) {
            throw new InvalidDataException(
                    "%s: inputs.%s: scale, mean and std are of inputs in floating point, but the model takes %s"
                            .formatted(DatasetDescription.FILE, input, target));
        }
    }

    private static boolean atMostOne(List<Double> values) {
        return values == null || values.size() <= 1;
    }

    private float[][] tables() {
        float[][] tables = new float[factor.length][256];
        for (int c = 0; c < tables.length; c++) {
            for (int v = 0; v < 256; v++) {
                tables[c][v] = (float) (v * factor[c] + shift[c]);
            }
        }
        return tables;
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
        ByteBuffer data = ByteBuffer.allocate(Math.multiplyExact(Math.multiplyExact(count, size), 4))
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
        int element = source.type().bits() / 8;
        int bytes = element * channels * inner;
        ByteBuffer data = ByteBuffer.allocate(Math.multiplyExact(bytes, size)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] sample = new byte[bytes];
        byte[] turned = new byte[channelsLast ? bytes : 0];
        for (int i = 0; i < size; i++) {
            raw[i].get(index[i] * bytes, sample);
            data.put(channelsLast ? channelsFirst(sample, element, turned) : sample);
        }
        return Tensor.of(source.type(), data.flip(), dims);
    }

    private byte[] channelsFirst(byte[] sample, int element, byte[] into) {
        for (int c = 0; c < channels; c++) {
            for (int p = 0; p < inner; p++) {
                System.arraycopy(sample, (p * channels + c) * element, into, (c * inner + p) * element, element);
            }
        }
        return into;
    }

    private void decode(byte[] values, float[] row) {
        int perChannel = channelsLast ? 1 : inner;
        int perPosition = channelsLast ? channels : 1;
        for (int c = 0; c < channels; c++) {
            float[] table = byteValues[byteValues.length == 1 ? 0 : c];
            for (int p = 0, at = c * perChannel, to = c * inner; p < inner; p++, at += perPosition) {
                row[to + p] = table[values[at] & 0xff];
            }
        }
    }

    private void decode(float[] values, float[] row) {
        int perChannel = channelsLast ? 1 : inner;
        int perPosition = channelsLast ? channels : 1;
        for (int c = 0; c < channels; c++) {
            double a = factor[factor.length == 1 ? 0 : c];
            double b = shift[factor.length == 1 ? 0 : c];
            for (int p = 0, at = c * perChannel, to = c * inner; p < inner; p++, at += perPosition) {
                row[to + p] = (float) (values[at] * a + b);
            }
        }
    }

    private float[] floats(ByteBuffer raw, int sample, int count) {
        int bytes = (int) source.type().bytes(count);
        ByteBuffer slice = raw.duplicate().position(sample * bytes).limit((sample + 1) * bytes);
        return Tensor.of(source.type(), slice, count).floats();
    }
}
