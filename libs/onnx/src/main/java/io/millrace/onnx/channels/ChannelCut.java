package io.millrace.onnx.channels;

import io.millrace.onnx.OnnxModel;
import java.util.Map;

/** Removes channels from a model, or sets them to zero to check the removal. */
public final class ChannelCut {
    private ChannelCut() {}

    /** {@link #cut(OnnxModel, Map)} of one group. */
    public static OnnxModel cut(OnnxModel model, ChannelGroup group, int... removedUnits) {
        return cut(model, Map.of(group, removedUnits));
    }

    /**
     * The model without these units: weights, biases, parameters, shape constants and group counts are cut.
     *
     * @param model the model the groups were found in, or an unchanged copy of it
     * @throws IllegalArgumentException if a block would keep fewer units than its minimum, or unequal numbers are removed
     *     from the blocks of a group
     */
    public static OnnxModel cut(OnnxModel model, Map<ChannelGroup, int[]> removedUnits) {
        throw new UnsupportedOperationException("being built");
    }

    /** The same model with these units switched off instead of removed: the outputs equal those of the cut model. */
    public static OnnxModel zero(OnnxModel model, ChannelGroup group, int... removedUnits) {
        return zero(model, Map.of(group, removedUnits));
    }

    /** {@link #zero(OnnxModel, ChannelGroup, int...)} for several groups at once. */
    public static OnnxModel zero(OnnxModel model, Map<ChannelGroup, int[]> removedUnits) {
        throw new UnsupportedOperationException("being built");
    }
}
