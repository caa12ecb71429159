package io.millrace.inference;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Carries tensors over to ONNX Runtime and back, without touching single elements. */
final class RuntimeTensors {
    private RuntimeTensors() {}

    /**
     * Direct memory is shared, other memory is copied into memory that is lent. The tensor must outlive the result.
     *
     * @param lent gets what is to be given back to {@link DirectBuffers} when the result is closed
     */
    static OnnxTensor toRuntime(OrtEnvironment environment, Tensor tensor, List<ByteBuffer> lent) {
        ByteBuffer bytes = tensor.bytes();
        if (!bytes.isDirect()) {
            bytes = DirectBuffers.shared().copyOf(bytes);
            lent.add(bytes);
        }
        try {
            return OnnxTensor.createTensor(environment, bytes, tensor.dims(), javaType(tensor.type()));
        } catch (OrtException e) {
            throw new InferenceException("ONNX Runtime does not take " + tensor + ": " + e.getMessage(), e);
        }
    }

    /** A copy, so that the runtime's memory can be given back. */
    static Tensor fromRuntime(OnnxTensor value) {
        TensorInfo info = value.getInfo();
        ByteBuffer data = value.getByteBuffer();
        if (data == null) {
            throw new InferenceException("an output holds strings, which are not read", null);
        }
        return Tensor.of(elementType(info.type), data.order(ByteOrder.LITTLE_ENDIAN), info.getShape());
    }

    private static OnnxJavaType javaType(ElementType type) {
        return switch (type) {
            case FLOAT -> OnnxJavaType.FLOAT;
            case DOUBLE -> OnnxJavaType.DOUBLE;
            case FLOAT16 -> OnnxJavaType.FLOAT16;
            case BFLOAT16 -> OnnxJavaType.BFLOAT16;
            case INT8 -> OnnxJavaType.INT8;
            case UINT8 -> OnnxJavaType.UINT8;
            case INT16 -> OnnxJavaType.INT16;
            case INT32 -> OnnxJavaType.INT32;
            case INT64 -> OnnxJavaType.INT64;
            case BOOL -> OnnxJavaType.BOOL;
            default -> throw new InferenceException("a model cannot be given " + type + " values", null);
        };
    }

    static ElementType elementType(OnnxJavaType type) {
        return switch (type) {
            case FLOAT -> ElementType.FLOAT;
            case DOUBLE -> ElementType.DOUBLE;
            case FLOAT16 -> ElementType.FLOAT16;
            case BFLOAT16 -> ElementType.BFLOAT16;
            case INT8 -> ElementType.INT8;
            case UINT8 -> ElementType.UINT8;
            case INT16 -> ElementType.INT16;
            case INT32 -> ElementType.INT32;
            case INT64 -> ElementType.INT64;
            case BOOL -> ElementType.BOOL;
            default -> throw new InferenceException("a value of type " + type + " is not read", null);
        };
    }
}
