package io.millrace.onnx.rewrite;

import io.millrace.onnx.OnnxModel;
import java.util.List;
import java.util.Map;

/** Folds batch normalisations into the layers before or behind them. */
public final class BatchNormFolding {
    private BatchNormFolding() {}

    /**
     * What was done.
     *
     * @param folded labels of the batch normalisations that are gone
     * @param declined label and reason of those that stay
     */
    public record Report(List<String> folded, Map<String, String> declined) {}

    /** Folds every batch normalisation that can be folded exactly. Changes the model it is given. */
    public static Report fold(OnnxModel model) {
        throw new UnsupportedOperationException("being built");
    }
}
