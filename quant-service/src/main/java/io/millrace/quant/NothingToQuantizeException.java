package io.millrace.quant;

import java.util.Map;

/** No layer of a model can run in integers. */
public final class NothingToQuantizeException extends RuntimeException {
    NothingToQuantizeException(Map<String, String> declined) {
        super(
                declined.isEmpty()
                        ? "the model has no convolution and no matrix product to quantize"
                        : "no layer of the model can be quantized: " + declined);
    }
}
