package io.millrace.onnx.opset;

/** An operator cannot be written in a newer version so that it computes the same; the message says why. */
final class InexactException extends Exception {
    InexactException(String reason) {
        super(reason, null, false, false);
    }
}
