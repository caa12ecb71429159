package io.millrace.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.onnx.simplify.Evaluator;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** Folds constants by ONNX Runtime. */
public final class OrtEvaluator implements Evaluator {
    @Override
    public Map<String, Tensor> evaluate(OnnxModel part) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setSessionLogLevel(ai.onnxruntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            try (OrtSession session = OrtEnvironment.getEnvironment().createSession(part.toBytes(), options);
                    OrtSession.Result result = session.run(Map.of())) {
                Map<String, Tensor> values = new HashMap<>();
                for (Map.Entry<String, OnnxValue> output : result) {
                    if (output.getValue() instanceof OnnxTensor tensor) {
                        ElementType type = ElementType.valueOf(
                                tensor.getInfo().onnxType.name().replace("ONNX_TENSOR_ELEMENT_DATA_TYPE_", ""));
                        ByteBuffer bytes = tensor.getByteBuffer();
                        if (bytes != null) {
                            values.put(
                                    output.getKey(),
                                    Tensor.of(type, bytes, tensor.getInfo().getShape()));
                        }
                    }
                }
                return values;
            }
        } catch (OrtException e) {
            return Map.of();
        }
    }
}
