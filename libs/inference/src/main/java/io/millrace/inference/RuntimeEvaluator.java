package io.millrace.inference;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.simplify.Evaluator;
import java.util.Map;

/** Folds constants by ONNX Runtime: whatever it can compute. */
public final class RuntimeEvaluator implements Evaluator {
    @Override
    public Map<String, Tensor> evaluate(OnnxModel part) {
        try (OnnxSession session = OnnxSession.open(part, SessionOptions.threads(1))) {
            return session.run(Map.of());
        } catch (InferenceException e) {
            // What the runtime cannot compute stays in the model, and fails or not when that runs.
            return Map.of();
        }
    }
}
