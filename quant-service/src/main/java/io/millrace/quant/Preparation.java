package io.millrace.quant;

import io.millrace.contracts.method.QuantizeParameters;
import io.millrace.data.Dataset;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.opset.OpsetConversion;
import io.millrace.onnx.rewrite.BatchNormFolding;
import io.millrace.quant.Quantizer.QuantizationProgress;
import io.millrace.quant.calibration.Calibration;
import io.millrace.quant.prepare.CrossLayerEqualization;
import io.millrace.quant.prepare.UnreachedBounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What is done to the float model before it is quantized: it computes the same afterwards. */
final class Preparation {
    private static final long PER_CHANNEL_SINCE = 13;

    private final QuantizeParameters parameters;
    private final Dataset data;
    private final long seed;
    private final QuantizationProgress progress;
    private final List<String> notes = new ArrayList<>();

    /** @param data to calibrate with, bound to the model */
    Preparation(QuantizeParameters parameters, Dataset data, long seed, QuantizationProgress progress) {
        this.parameters = parameters;
        this.data = data;
        this.seed = seed;
        this.progress = progress;
    }

    /** A prepared copy of the model. */
    OnnxModel prepare(OnnxModel model) {
        OnnxModel prepared = converted(model).copy();
        if (parameters.prepare().contains(QuantizeParameters.Preparation.FOLD_BN)) {
            BatchNormFolding.fold(prepared)
                    .declined()
                    .forEach((node, reason) -> notes.add("BatchNormalization " + node + " is not folded: " + reason));
        }
        if (parameters.prepare().contains(QuantizeParameters.Preparation.CLE)) {
            openBounds(prepared);
            int pairs = CrossLayerEqualization.equalize(prepared).size();
            notes.add("cle: " + pairs + " pairs of convolutions equalized");
        }
        return prepared;
    }

    /** Per-channel weights and pooling of integers came with opset 13 and 12. */
    private OnnxModel converted(OnnxModel model) {
        if (model.opset() >= PER_CHANNEL_SINCE) {
            return model;
        }
        OpsetConversion conversion = OpsetConversion.to(model, PER_CHANNEL_SINCE);
        if (conversion.isExact()) {
            notes.add("the model was of opset %d and is now of opset %d, which gives weights a scale per channel"
                    .formatted(model.opset(), PER_CHANNEL_SINCE));
        } else {
            notes.add("weights have one scale in all, which costs accuracy: that is all opset %d has, and it cannot be"
                            .formatted(model.opset())
                    + " converted exactly: " + conversion.declined());
        }
        return conversion.model();
    }

    private void openBounds(OnnxModel prepared) {
        Set<String> values = UnreachedBounds.values(prepared);
        if (!values.isEmpty()) {
            Calibration measured = Calibration.run(
                    prepared,
                    values,
                    data,
                    parameters.samples(),
                    seed,
                    parameters.threads(),
                    (done, total) -> progress.progress("measuring what Clips cut off", done, total));
            notes.addAll(UnreachedBounds.replace(
                    prepared, value -> measured.histogram(value).max()));
        }
    }

    /** What was done and what was not, for the user. */
    List<String> notes() {
        return List.copyOf(notes);
    }
}
