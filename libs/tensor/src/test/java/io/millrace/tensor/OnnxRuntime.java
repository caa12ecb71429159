package io.millrace.tensor;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/** The other implementation that results are compared with. */
final class OnnxRuntime {
    private static final OrtEnvironment RUNTIME = OrtEnvironment.getEnvironment();

    private OnnxRuntime() {}

    static Map<String, Tensor> run(OnnxModel model, Map<String, Tensor> inputs) throws OrtException {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = RUNTIME.createSession(model.toBytes(), options)) {
                for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
                    given.put(input.getKey(), toRuntime(input.getValue()));
                }
                try (OrtSession.Result result = session.run(given)) {
                    for (Map.Entry<String, OnnxValue> output : result) {
                        outputs.put(output.getKey(), fromRuntime((OnnxTensor) output.getValue()));
                    }
                }
            }
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
        return outputs;
    }

    private static OnnxTensor toRuntime(Tensor tensor) throws OrtException {
        ByteBuffer copy = ByteBuffer.allocateDirect(tensor.bytes().remaining()).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(tensor.bytes()).flip();
        OnnxJavaType type =
                switch (tensor.type()) {
                    case FLOAT -> OnnxJavaType.FLOAT;
                    case INT64 -> OnnxJavaType.INT64;
                    case BOOL -> OnnxJavaType.BOOL;
                    case INT32 -> OnnxJavaType.INT32;
                    default -> throw new IllegalArgumentException(tensor.toString());
                };
        return OnnxTensor.createTensor(RUNTIME, copy, tensor.dims(), type);
    }

    private static Tensor fromRuntime(OnnxTensor tensor) {
        ByteBuffer bytes = tensor.getByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        ElementType type =
                switch (tensor.getInfo().type) {
                    case FLOAT -> ElementType.FLOAT;
                    case INT64 -> ElementType.INT64;
                    case BOOL -> ElementType.BOOL;
                    case INT32 -> ElementType.INT32;
                    default ->
                        throw new IllegalArgumentException(tensor.getInfo().toString());
                };
        ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(bytes).flip();
        return Tensor.of(type, copy, tensor.getInfo().getShape());
    }
}
