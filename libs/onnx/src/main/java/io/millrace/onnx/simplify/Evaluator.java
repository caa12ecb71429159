package io.millrace.onnx.simplify;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.SubModel;
import java.util.HashMap;
import java.util.Map;

/** Computes models that have no inputs; what folds constants. */
public interface Evaluator {
    /**
     * {@return the outputs of a model without inputs, by name} What cannot be computed is left out, and stays in the
     * model as it is.
     *
     * @param part cut out of a model by {@link SubModel}
     */
    Map<String, Tensor> evaluate(OnnxModel part);

    /**
     * Knows the operators that only present a tensor otherwise; needs no runtime.
     *
     * @return an evaluator for operators that only present a tensor otherwise
     */
    static Evaluator plain() {
        return part -> {
            Map<String, Tensor> values = new HashMap<>();
            part.graph().outputs().forEach(output -> part.graph()
                    .constantThrough(output.getName())
                    .ifPresent(tensor -> values.put(output.getName(), tensor)));
            return values;
        };
    }
}
