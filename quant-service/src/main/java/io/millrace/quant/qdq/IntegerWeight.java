package io.millrace.quant.qdq;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A layer's weight in eight bits with sign, symmetric, one scale per output channel or one in all, and its bias in
 * units of input scale x weight scale.
 */
final class IntegerWeight {
    /** Bias values stay below this many units, so that a sum of products can be added without overflow. */
    private static final double LARGEST_BIAS = 1 << 30;
    /** A channel of zeros still has a bias to store: this many units are precise enough. */
    private static final double UNITS_OF_IDLE_BIAS = 1 << 20;

    private final QuantizableLayer layer;
    private final double inputScale;
    private final float[] scales;
    private final byte[] values;

    /**
     * @param limit largest absolute value: 127, or 63 for processors whose pair sums saturate
     * @param perChannel one scale per output channel
     */
    IntegerWeight(QuantizableLayer layer, double inputScale, int limit, boolean perChannel) {
        this.layer = layer;
        this.inputScale = inputScale;
        float[] weights = layer.weight().floats();
        scales = scales(weights, limit, perChannel);
        values = new byte[weights.length];
        for (int i = 0; i < weights.length; i++) {
            double q = Math.rint(weights[i] / scale(layer.outputChannel(i)));
            values[i] = (byte) Math.max(-limit, Math.min(limit, q));
        }
    }

    private float[] scales(float[] weights, int limit, boolean perChannel) {
        double[] largest = new double[perChannel ? layer.channels() : 1];
        for (int i = 0; i < weights.length; i++) {
            int c = perChannel ? layer.outputChannel(i) : 0;
            largest[c] = Math.max(largest[c], Math.abs(weights[i]));
        }
        float[] chosen = new float[largest.length];
        for (int c = 0; c < chosen.length; c++) {
            double bias = largestBias(c, perChannel);
            double scale = largest[c] > 0 ? largest[c] / limit : bias / inputScale / UNITS_OF_IDLE_BIAS;
            scale = Math.max(scale, bias / inputScale / LARGEST_BIAS);
            chosen[c] = scale >= Float.MIN_NORMAL ? (float) scale : largest[c] > 0 ? Float.MIN_NORMAL : 1;
        }
        return chosen;
    }

    private double largestBias(int channel, boolean perChannel) {
        double largest = 0;
        for (int c = 0; layer.bias() != null && c < layer.channels(); c++) {
            if (!perChannel || c == channel) {
                largest = Math.max(largest, Math.abs(layer.bias()[c]));
            }
        }
        return largest;
    }

    private float scale(int channel) {
        return scales[scales.length == 1 ? 0 : channel];
    }

    /** What the i-th number has become, back in floats. */
    float dequantized(int i) {
        return values[i] * scale(layer.outputChannel(i));
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

    /** The bias, or these values in its place, rounded to 32-bit integers. */
    Tensor bias(float[] bias) {
        ByteBuffer data = ByteBuffer.allocate(4 * bias.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int c = 0; c < bias.length; c++) {
            double q = Math.rint(bias[c] / biasScale(c));
            data.putInt((int) Math.max(-Integer.MAX_VALUE, Math.min(Integer.MAX_VALUE, q)));
        }
        return Tensor.of(ElementType.INT32, data.flip(), bias.length);
    }

    private float biasScale(int channel) {
        return (float) inputScale * scale(channel);
    }

    Tensor biasScales() {
        float[] all = new float[scales.length];
        for (int c = 0; c < all.length; c++) {
            all[c] = biasScale(c);
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
