package io.millrace.onnx.shape;

/** Thrown by a rule that cannot tell a shape; the message says why. Caught by the inference, never seen outside. */
final class UninferableException extends RuntimeException {
    UninferableException(String reason) {
        super(reason, null, false, false);
    }
}
