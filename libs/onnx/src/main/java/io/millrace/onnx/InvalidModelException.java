package io.millrace.onnx;

/** A model file that is not what ONNX allows, or not safe to open. The message names file, node and reason. */
public class InvalidModelException extends RuntimeException {
    /**
     * @param message names node or tensor, the rule and the way out
     */
    public InvalidModelException(String message) {
        super(message);
    }

    /**
     * @param message names node or tensor, the rule and the way out
     * @param cause what happened below
     */
    public InvalidModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
