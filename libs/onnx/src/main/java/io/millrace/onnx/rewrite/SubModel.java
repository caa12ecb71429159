package io.millrace.onnx.rewrite;

import io.millrace.onnx.OnnxModel;
import java.util.List;

/** Cuts a model out of a model. */
public final class SubModel {
    private SubModel() {}

    /**
     * The part of a model that computes {@code outputs} from {@code inputs}.
     *
     * @throws IllegalArgumentException if an output depends on an input of the network that is not listed
     */
    public static OnnxModel between(OnnxModel model, List<String> inputs, List<String> outputs) {
        throw new UnsupportedOperationException("being built");
    }
}
