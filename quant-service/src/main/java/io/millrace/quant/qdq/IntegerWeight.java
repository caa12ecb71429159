package io.millrace.quant.qdq;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A stored weight in eight bits with sign, symmetric, one scale per output channel or one in all; and the biases of the
 * layers that read it in units of input scale x weight scale.
 */
final class IntegerWeight {
    /** Bias values stay below this many units, so that a sum of products can be added without overflow. */
    private static final double LARGEST_BIAS = 1 << 30;
    /** A channel of zeros still has a bias to store: this many units are precise enough. */
    private static final double UNITS_OF_IDLE_BIAS = 1 << 20;

    private final QuantizableLayer layer;
    private final float[] scales;
    private final byte[] values;

    /**
     * A bias that is to be added to products with the weight.
     *
     * @param values one per output channel; {@code null} for none
     * @param inputScale of what the weight is multiplied with
     */
    record Bias(float[] values, double inputScale) {

        /** The least scale of the weight under which this bias takes no more than so many units. */
        private double leastScale(int channel, boolean perChannel, double units) {
            double largest = 0;
            for (int c = 0; values != null && c < values.length; c++) {
                if (!perChannel || c == channel) {
                    largest = Math.max(largest, Math.abs(values[c]));
                }
            }
            return largest / inputScale / units;
        }
    }

    /**
     * @param limit largest absolute value: 127, or 63 for processors whose pair sums saturate
     * @param perChannel one scale per output channel
     * @param biases of all layers that read this weight
     */
    IntegerWeight(QuantizableLayer layer, int limit, boolean perChannel, List<Bias> biases) {
        this.layer = layer;
        float[] weights = layer.weight().floats();
        scales = scales(weights, limit, perChannel, biases);
        values = new byte[weights.length];
        for (int i = 0; i < weights.length; i++) {
            double q = Math.rint(weights[i] / scale(layer.outputChannel(i)));
            values[i] = (byte) Math.max(-limit, Math.min(limit, q));
        }
    }

    private float[] scales(float[] weights, int limit, boolean perChannel, List<Bias> biases) {
        double[] largest = new double[perChannel ? layer.channels() : 1];
        for (int i = 0; i < weights.length; i++) {
            int c = perChannel ? layer.outputChannel(i) : 0;
            largest[c] = Math.max(largest[c], Math.abs(weights[i]));
        }
        float[] chosen = new float[largest.length];
        for (int c = 0; c < chosen.length; c++) {
            double scale = largest[c] / limit;
            for (Bias bias : biases) {
                double units = largest[c] > 0 ? LARGEST_BIAS : UNITS_OF_IDLE_BIAS;
                scale = Math.max(scale, bias.leastScale(c, perChannel, units));
            }
            chosen[c] = scale >= Float.MIN_NORMAL ? (float) scale : largest[c] > 0 ? Float.MIN_NORMAL : 1;
        }
        return chosen;
    }

    private float scale(int channel) {
        return scales[scales.length == 1 ? 0 : channel];
    }

    Tensor values() {
        return Tensor.of(
                ElementType.INT8, ByteBuffer.wrap(values), layer.weight().dims());
    }

    Tensor scales() {
        return shaped(ElementType.FLOAT, Tensor.ofFloats(scales, scales.length).bytes());
    }

    Tensor zeroPoints() {
        return shaped(ElementType.INT8, ByteBuffer.allocate(scales.length));
    }

    /** A bias, rounded to 32-bit integers. */
    Tensor stored(Bias bias) {
        ByteBuffer data = ByteBuffer.allocate(4 * bias.values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int c = 0; c < bias.values.length; c++) {
            double q = Math.rint(bias.values[c] / ((float) bias.inputScale * scale(c)));
            data.putInt((int) Math.max(-Integer.MAX_VALUE, Math.min(Integer.MAX_VALUE, q)));
        }
        return Tensor.of(ElementType.INT32, data.flip(), bias.values.length);
    }

    Tensor scales(Bias bias) {
        float[] all = new float[scales.length];
        for (int c = 0; c < all.length; c++) {
            all[c] = (float) bias.inputScale * scale(c);
        }
        return shaped(ElementType.FLOAT, Tensor.ofFloats(all, all.length).bytes());
    }

    Tensor biasZeroPoints() {
        return shaped(ElementType.INT32, ByteBuffer.allocate(4 * scales.length));
    }

    private Tensor shaped(ElementType type, ByteBuffer data) {
        return scales.length == 1 && layer.channels() > 1
                ? Tensor.of(type, data)
                : Tensor.of(type, data, scales.length);
    }
}
