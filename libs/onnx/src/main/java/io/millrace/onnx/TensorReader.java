package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Brings the ways ONNX stores tensor data inside a message to one: little-endian bytes. */
final class TensorReader {
    private TensorReader() {}

    /** A tensor whose data lies in the message itself. */
    static Tensor inline(TensorProto proto) {
        ElementType type = ElementType.of(proto.getDataType());
        long[] dims = proto.getDimsList().stream().mapToLong(Long::longValue).toArray();
        long count = Tensor.count(dims);
        if (type == ElementType.STRING) {
            return Tensor.read(proto, null);
        }
        if (proto.hasRawData()) {
            ByteString raw = proto.getRawData();
            if (raw.size() != type.bytes(count)) {
                throw new InvalidModelException("tensor " + proto.getName() + " holds " + raw.size()
                        + " bytes, but its shape needs " + type.bytes(count));
            }
            return Tensor.read(proto, raw.asReadOnlyByteBuffer());
        }
        return Tensor.read(proto, typed(proto, type, count));
    }

    private static ByteBuffer typed(TensorProto proto, ElementType type, long count) {
        int stored =
                switch (type) {
                    case FLOAT, COMPLEX64 -> proto.getFloatDataCount();
                    case DOUBLE, COMPLEX128 -> proto.getDoubleDataCount();
                    case INT64 -> proto.getInt64DataCount();
                    case UINT64, UINT32 -> proto.getUint64DataCount();
                    default -> proto.getInt32DataCount();
                };
        long perElement = type == ElementType.COMPLEX64 || type == ElementType.COMPLEX128 ? 2 : 1;
        long expected = type.bits() < 8 ? type.bytes(count) : count * perElement;
        if (stored != expected) {
            throw new InvalidModelException(
                    "tensor " + proto.getName() + " holds " + stored + " values, but its shape needs " + expected);
        }
        ByteBuffer data =
                ByteBuffer.allocate(Math.toIntExact(type.bytes(count))).order(ByteOrder.LITTLE_ENDIAN);
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
