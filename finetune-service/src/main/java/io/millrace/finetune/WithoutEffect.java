package io.millrace.finetune;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TypeProto;
import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.OutputKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Parameters that do nothing for this model and this data, in notes for the user. What does nothing beside other
 * parameters is refused before; only the task knows model and data.
 */
final class WithoutEffect {
    private static final int IMAGE_AXES = 4;

    private WithoutEffect() {}

    /**
     * @param labelled whether the data has labels
     * @param learned what the values hold that the loss is taken of
     */
    static List<String> notes(FinetuneParameters parameters, boolean labelled, OutputKind learned, OnnxModel model) {
        List<String> notes = new ArrayList<>();
        boolean smoothed = parameters.labelSmoothing() != null && parameters.labelSmoothing() > 0;
        if (smoothed && !labelled) {
            notes.add("label-smoothing has no effect: the data has no labels");
        } else if (smoothed && learned == OutputKind.BINARY_SCORE) {
            notes.add("label-smoothing has no effect: the output is one score, not one for each class");
        }
        if (!labelled && parameters.distill() != null && parameters.distill().weight() < 1) {
            notes.add("distill.weight has no effect: without labels the original's outputs are all there is to learn");
        }
        if (parameters.augment().any()
                && model.graph().inputs().stream().noneMatch(input -> isImage(input.getType()))) {
            notes.add("augment has no effect: no input of the model holds images of floats, [N, C, H, W]");
        }
        return notes;
    }

    /** Also where the model does not say how many axes there are. */
    private static boolean isImage(TypeProto type) {
        TypeProto.Tensor tensor = type.getTensorType();
        return tensor.getElemType() == DataType.FLOAT.getNumber()
                && (!tensor.hasShape() || tensor.getShape().getDimCount() == IMAGE_AXES);
    }
}
