package io.millrace.onnx.shape;

/** Thrown by a rule that cannot tell a shape or a cost; the message says why. Caught by who asked the rule. */
public class UninferableException extends RuntimeException {
    public UninferableException(String reason) {
        super(reason, null, false, false);
    }
}
