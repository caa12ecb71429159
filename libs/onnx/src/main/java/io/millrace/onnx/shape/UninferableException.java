package io.millrace.onnx.shape;

/** Thrown by a rule that cannot tell a shape; the message says why. Caught by the inference, never seen outside. */
public final class UninferableException extends RuntimeException {
    public UninferableException(String reason) {
        super(reason, null, false, false);
    }
}
