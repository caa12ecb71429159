package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;

/** Element types of tensors, with the bits one element takes in raw storage. Strings have no fixed size. */
public enum ElementType {
    /** Floating point of 32 bits, IEEE 754. */
    FLOAT(DataType.FLOAT, 32),
    /** Whole numbers from 0 to 255. */
    UINT8(DataType.UINT8, 8),
    /** Whole numbers from -128 to 127. */
    INT8(DataType.INT8, 8),
    /** Whole numbers of 16 bits, not negative. */
    UINT16(DataType.UINT16, 16),
    /** Whole numbers of 16 bits. */
    INT16(DataType.INT16, 16),
    /** Whole numbers of 32 bits. */
    INT32(DataType.INT32, 32),
    /** Whole numbers of 64 bits. */
    INT64(DataType.INT64, 64),
    /** Texts of any length. */
    STRING(DataType.STRING, 0),
    /** One byte each: 0 or 1. */
    BOOL(DataType.BOOL, 8),
    /** Floating point of 16 bits, IEEE 754. */
    FLOAT16(DataType.FLOAT16, 16),
    /** Floating point of 64 bits, IEEE 754. */
    DOUBLE(DataType.DOUBLE, 64),
    /** Whole numbers of 32 bits, not negative. */
    UINT32(DataType.UINT32, 32),
    /** Whole numbers of 64 bits, not negative. */
    UINT64(DataType.UINT64, 64),
    /** Pairs of FLOAT: real and imaginary. */
    COMPLEX64(DataType.COMPLEX64, 64),
    /** Pairs of DOUBLE: real and imaginary. */
    COMPLEX128(DataType.COMPLEX128, 128),
    /** Floating point of 16 bits: FLOAT without its last 16. */
    BFLOAT16(DataType.BFLOAT16, 16),
    /** 8 bits: 4 of exponent, 3 of fraction; no infinities. */
    FLOAT8E4M3FN(17, 8),
    /** 8 bits: 4 of exponent, 3 of fraction; no infinities, no negative zero. */
    FLOAT8E4M3FNUZ(18, 8),
    /** 8 bits: 5 of exponent, 2 of fraction. */
    FLOAT8E5M2(19, 8),
    /** 8 bits: 5 of exponent, 2 of fraction; no infinities, no negative zero. */
    FLOAT8E5M2FNUZ(20, 8),
    /** Whole numbers from 0 to 15, two in a byte. */
    UINT4(21, 4),
    /** Whole numbers from -8 to 7, two in a byte. */
    INT4(22, 4),
    /** 4 bits: 2 of exponent, 1 of fraction; two in a byte. */
    FLOAT4E2M1(23, 4),
    /** Powers of two, 8 bits of exponent: scales of blocks. */
    FLOAT8E8M0(24, 8),
    /** Whole numbers from 0 to 3, four in a byte. */
    UINT2(25, 2),
    /** Whole numbers from -2 to 1, four in a byte. */
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

    /** {@return the number ONNX gives this type} */
    public int code() {
        return code;
    }

    /** {@return bits of one element} */
    public int bits() {
        return bits;
    }

    /**
     * {@return bytes that {@code count} elements take, packed}
     *
     * @param count of elements
     */
    public long bytes(long count) {
        try {
            return Math.addExact(Math.multiplyExact(count, (long) bits), 7L) / 8;
        } catch (ArithmeticException e) {
            throw new InvalidModelException(count + " elements of " + this + " overflow 64 bits");
        }
    }

    /** {@return whether it is floating point of any width} */
    public boolean isFloatingPoint() {
        return switch (this) {
            case FLOAT, FLOAT16, BFLOAT16, DOUBLE -> true;
            default -> false;
        };
    }

    /**
     * {@return the type ONNX knows by this number}
     *
     * @param code as messages carry it
     */
    public static ElementType of(int code) {
        for (ElementType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new InvalidModelException("tensor element type " + code + " is not an ONNX type");
    }
}
