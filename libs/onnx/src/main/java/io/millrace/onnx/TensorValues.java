package io.millrace.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Conversions between the element types of tensors. */
final class TensorValues {
    private TensorValues() {}

    static float[] floats(Tensor tensor) {
        ByteBuffer data = tensor.bytes();
        int count = Math.toIntExact(tensor.count());
        float[] values = new float[count];
        switch (tensor.type()) {
            case FLOAT -> data.asFloatBuffer().get(values);
            case DOUBLE -> fill(values, i -> (float) data.getDouble(i * 8));
            case FLOAT16 -> fill(values, i -> halfToFloat(data.getShort(i * 2)));
            case BFLOAT16 -> fill(values, i -> Float.intBitsToFloat(data.getShort(i * 2) << 16));
            default -> {
                long[] integers = longs(tensor);
                fill(values, i -> integers[i]);
            }
        }
        return values;
    }

    static long[] longs(Tensor tensor) {
        ByteBuffer data = tensor.bytes();
        long[] values = new long[Math.toIntExact(tensor.count())];
        switch (tensor.type()) {
            case INT64, UINT64 -> data.asLongBuffer().get(values);
            case INT32 -> fill(values, i -> data.getInt(i * 4));
            case UINT32 -> fill(values, i -> Integer.toUnsignedLong(data.getInt(i * 4)));
            case INT16 -> fill(values, i -> data.getShort(i * 2));
            case UINT16 -> fill(values, i -> Short.toUnsignedLong(data.getShort(i * 2)));
            case INT8 -> fill(values, i -> data.get(i));
            case UINT8, BOOL -> fill(values, i -> Byte.toUnsignedLong(data.get(i)));
            case INT4 -> fill(values, i -> (byte) (data.get(i / 2) << (4 - 4 * (i % 2))) >> 4);
            case UINT4 -> fill(values, i -> (data.get(i / 2) >> (4 * (i % 2))) & 15);
            default -> throw new InvalidModelException("a " + tensor.type() + " tensor holds no integers");
        }
        return values;
    }

    static Tensor convert(Tensor tensor, ElementType wanted) {
        int count = Math.toIntExact(tensor.count());
        ByteBuffer data =
                ByteBuffer.allocate(Math.toIntExact(wanted.bytes(count))).order(ByteOrder.LITTLE_ENDIAN);
        if (wanted.isFloatingPoint()) {
            float[] values = floats(tensor);
            for (float value : values) {
                switch (wanted) {
                    case FLOAT -> data.putFloat(value);
                    case DOUBLE -> data.putDouble(value);
                    case FLOAT16 -> data.putShort(floatToHalf(value));
                    default -> data.putShort(floatToBrain(value));
                }
            }
        } else {
            long[] values = tensor.type().isFloatingPoint() ? rounded(floats(tensor)) : longs(tensor);
            for (long value : values) {
                switch (wanted.bits()) {
                    case 64 -> data.putLong(value);
                    case 32 -> data.putInt((int) value);
                    case 16 -> data.putShort((short) value);
                    case 8 -> data.put((byte) value);
                    default -> throw new InvalidModelException("no conversion to " + wanted);
                }
            }
        }
        return Tensor.of(wanted, data.flip(), tensor.dims());
    }

    private static long[] rounded(float[] values) {
        long[] integers = new long[values.length];
        fill(integers, i -> (long) Math.rint(values[i]));
        return integers;
    }

    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = mantissa * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int bits = exponent == 31 ? 0x7f800000 | mantissa << 13 : (exponent + 112) << 23 | mantissa << 13;
        return Float.intBitsToFloat(sign | bits);
    }

    /** Round to nearest even; beyond the range infinity. */
    static short floatToHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 0x477ff000) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x38800000) {
            return (short) (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24));
        }
        int rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
        return (short) (sign | (rounded - 0x38000000) >> 13);
    }

    static short floatToBrain(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    private interface FloatAt {
        float get(int i);
    }

    private interface LongAt {
        long get(int i);
    }

    private static void fill(float[] values, FloatAt source) {
        for (int i = 0; i < values.length; i++) {
            values[i] = source.get(i);
        }
    }

    private static void fill(long[] values, LongAt source) {
        for (int i = 0; i < values.length; i++) {
            values[i] = source.get(i);
        }
    }
}
