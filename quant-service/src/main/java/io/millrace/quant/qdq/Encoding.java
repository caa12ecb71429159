package io.millrace.quant.qdq;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import io.millrace.quant.calibration.Range;
import java.nio.ByteBuffer;

/**
 * How an activation is stored in eight bits without sign: value = (q - zeroPoint) * scale, q from 0 to 255.
 *
 * @param scale above 0
 * @param zeroPoint the q that stands for 0
 */
public record Encoding(float scale, int zeroPoint) {
    private static final int STEPS = 255;

    /** The encoding that covers a range. */
    public static Encoding of(Range range) {
        double scale = (range.max() - range.min()) / STEPS;
        if (!(scale >= Float.MIN_NORMAL)) {
            return new Encoding(1, 0);
        }
        return new Encoding((float) scale, (int) Math.max(0, Math.min(STEPS, Math.rint(-range.min() / scale))));
    }

    /** The value a number is rounded to. */
    public float round(float value) {
        double q = Math.rint(value / scale) + zeroPoint;
        return (float) (Math.max(0, Math.min(STEPS, q)) - zeroPoint) * scale;
    }

    /** A constant, stored. */
    Tensor quantize(Tensor constant) {
        float[] values = constant.floats();
        byte[] stored = new byte[values.length];
        for (int i = 0; i < stored.length; i++) {
            stored[i] = (byte) Math.max(0, Math.min(STEPS, Math.rint(values[i] / scale) + zeroPoint));
        }
        return Tensor.of(ElementType.UINT8, ByteBuffer.wrap(stored), constant.dims());
    }

    Tensor scaleTensor() {
        return Tensor.scalar(scale);
    }

    Tensor zeroPointTensor() {
        return Tensor.of(ElementType.UINT8, ByteBuffer.wrap(new byte[] {(byte) zeroPoint}));
    }
}
