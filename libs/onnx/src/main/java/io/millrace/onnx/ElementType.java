package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;

/** Element types of tensors, with the bits one element takes in raw storage. Strings have no fixed size. */
public enum ElementType {
    FLOAT(DataType.FLOAT, 32),
    UINT8(DataType.UINT8, 8),
    INT8(DataType.INT8, 8),
    UINT16(DataType.UINT16, 16),
    INT16(DataType.INT16, 16),
    INT32(DataType.INT32, 32),
    INT64(DataType.INT64, 64),
    STRING(DataType.STRING, 0),
    BOOL(DataType.BOOL, 8),
    FLOAT16(DataType.FLOAT16, 16),
    DOUBLE(DataType.DOUBLE, 64),
    UINT32(DataType.UINT32, 32),
    UINT64(DataType.UINT64, 64),
    COMPLEX64(DataType.COMPLEX64, 64),
    COMPLEX128(DataType.COMPLEX128, 128),
    BFLOAT16(DataType.BFLOAT16, 16),
    FLOAT8E4M3FN(17, 8),
    FLOAT8E4M3FNUZ(18, 8),
    FLOAT8E5M2(19, 8),
    FLOAT8E5M2FNUZ(20, 8),
    UINT4(21, 4),
    INT4(22, 4),
    FLOAT4E2M1(23, 4),
    FLOAT8E8M0(24, 8),
    UINT2(25, 2),
    INT2(26, 2);

    private final int code;
    private final int bits;

    ElementType(DataType type, int bits) {
        this(type.getNumber(), bits);
    }

    ElementType(int code, int bits) {
        this.code = code;
        this.bits = bits;
    }

    /** The number ONNX gives this type. */
    public int code() {
        return code;
    }

    /** Bits of one element. */
    public int bits() {
        return bits;
    }

    /** Bytes that {@code count} elements take, packed. */
    public long bytes(long count) {
        try {
            return Math.addExact(Math.multiplyExact(count, (long) bits), 7L) / 8;
        } catch (ArithmeticException e) {
            throw new InvalidModelException(count + " elements of " + this + " overflow 64 bits");
        }
    }

    public boolean isFloatingPoint() {
        return switch (this) {
            case FLOAT, FLOAT16, BFLOAT16, DOUBLE -> true;
            default -> false;
        };
    }

    /** The type ONNX knows by this number. */
    public static ElementType of(int code) {
        for (ElementType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new InvalidModelException("tensor element type " + code + " is not an ONNX type");
    }
}
