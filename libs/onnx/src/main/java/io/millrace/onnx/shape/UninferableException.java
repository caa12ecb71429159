package io.millrace.onnx.shape;

/** Thrown by a rule that cannot tell a shape or a cost; the message says why. Caught by who asked the rule. */
public class UninferableException extends RuntimeException {
    /**
     * @param reason why, in words that follow the name of the node
     */
    public UninferableException(String reason) {
        super(reason, null, false, false);
    }
}
