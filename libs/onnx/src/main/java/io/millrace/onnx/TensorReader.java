package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Brings the ways ONNX stores tensor data inside a message to one: little-endian bytes. */
final class TensorReader {
    private TensorReader() {}

    /** A tensor whose data lies in the message itself. */
    static Tensor inline(TensorProto proto) {
        checkInline(proto);
        ElementType type = ElementType.of(proto.getDataType());
        if (type == ElementType.STRING) {
            return Tensor.read(proto, null);
        }
        return Tensor.read(proto, proto.hasRawData() ? proto.getRawData().asReadOnlyByteBuffer() : typed(proto, type));
    }

    /** @throws InvalidModelException if the message does not hold as much data as its shape needs */
    static void checkInline(TensorProto proto) {
        if (ExternalData.isExternal(proto)) {
            throw new InvalidModelException("tensor " + proto.getName() + " is stored outside of the model");
        }
        ElementType type = ElementType.of(proto.getDataType());
        long count = Tensor.count(
                proto.getDimsList().stream().mapToLong(Long::longValue).toArray());
        if (proto.hasSegment()) {
            throw new InvalidModelException("tensor " + proto.getName() + " is stored in segments");
        }
        if (type == ElementType.STRING) {
            holds(proto, proto.getStringDataCount(), count, "strings");
        } else if (proto.hasRawData()) {
            holds(proto, proto.getRawData().size(), type.bytes(count), "bytes");
        } else {
            boolean complex = type == ElementType.COMPLEX64 || type == ElementType.COMPLEX128;
            long expected = type.bits() < 8 ? type.bytes(count) : Math.multiplyExact(count, complex ? 2 : 1);
            holds(proto, stored(proto, type), expected, "values");
        }
    }

    private static void holds(TensorProto proto, long found, long expected, String what) {
        if (found != expected) {
            throw new InvalidModelException("tensor " + proto.getName() + " holds " + found + " " + what
                    + ", but its shape " + proto.getDimsList() + " needs " + expected);
        }
    }

    private static int stored(TensorProto proto, ElementType type) {
        return switch (type) {
            case FLOAT, COMPLEX64 -> proto.getFloatDataCount();
            case DOUBLE, COMPLEX128 -> proto.getDoubleDataCount();
            case INT64 -> proto.getInt64DataCount();
            case UINT64, UINT32 -> proto.getUint64DataCount();
            default -> proto.getInt32DataCount();
        };
    }

    private static ByteBuffer typed(TensorProto proto, ElementType type) {
        int stored = stored(proto, type);
        int elementBytes = Math.max(
                        8,
                        type == ElementType.COMPLEX64 || type == ElementType.COMPLEX128 ? type.bits() / 2 : type.bits())
                / 8;
        ByteBuffer data =
                ByteBuffer.allocate(Math.multiplyExact(stored, elementBytes)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < stored; i++) {
            switch (type) {
                case FLOAT, COMPLEX64 -> data.putFloat(proto.getFloatData(i));
                case DOUBLE, COMPLEX128 -> data.putDouble(proto.getDoubleData(i));
                case INT64 -> data.putLong(proto.getInt64Data(i));
                case UINT64 -> data.putLong(proto.getUint64Data(i));
                case UINT32 -> data.putInt((int) proto.getUint64Data(i));
                case INT32 -> data.putInt(proto.getInt32Data(i));
                default -> {
                    if (type.bits() == 16) {
                        data.putShort((short) proto.getInt32Data(i));
                    } else {
                        data.put((byte) proto.getInt32Data(i));
                    }
                }
            }
        }
        return data.flip();
    }
}
