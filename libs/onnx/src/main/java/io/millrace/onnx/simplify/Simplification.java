package io.millrace.onnx.simplify;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.rewrite.BatchNormFolding;
import io.millrace.onnx.rewrite.DeadCode;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A simplified model. It gives the same outputs as the one it was made of, up to rounding: constants and shapes are
 * computed, branches that are never taken and nodes that do nothing are gone, neighbours that undo or repeat each other
 * are one, and what scales or shifts channels is in the layer before it.
 *
 * @param before how many nodes there were
 * @param after how many there are
 */
public record Simplification(OnnxModel model, int before, int after) {
    private static final int MOST_ROUNDS = 20;

    /**
     * Simplifies a copy of a model with what needs no runtime.
     *
     * @param model the model, which stays as it is
     * @return the simplified copy, with the numbers of nodes
     */
    public static Simplification of(OnnxModel model) {
        return of(model, Evaluator.plain());
    }

    /**
     * Simplifies a copy of a model; constants are computed by the evaluator.
     *
     * @param model the model, which stays as it is
     * @param evaluator computes constants, such as {@code RuntimeEvaluator} of millrace-inference
     * @return the simplified copy, with the numbers of nodes
     */
    public static Simplification of(OnnxModel model, Evaluator evaluator) {
        OnnxModel simple = model.copy();
        List<ToIntFunction<OnnxModel>> verbs = List.of(
                each -> ConstantFolding.fold(each, evaluator),
                ShapeArithmetic::fold,
                Branches::inline,
                Identities::drop,
                Movements::merge,
                Twins::unite,
                each -> BatchNormFolding.fold(each).folded().size(),
                Layers::fuse);
        DeadCode.remove(simple.graph());
        int done = 1;
        for (int round = 0; round < MOST_ROUNDS && done > 0; round++) {
            done = 0;
            for (ToIntFunction<OnnxModel> verb : verbs) {
                done += verb.applyAsInt(simple);
                DeadCode.remove(simple.graph());
            }
        }
        return new Simplification(
                simple, model.graph().nodes().size(), simple.graph().nodes().size());
    }
}
