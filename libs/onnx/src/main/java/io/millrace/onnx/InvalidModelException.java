package io.millrace.onnx;

/** A model file that is not what ONNX allows, or not safe to open. The message names file, node and reason. */
public class InvalidModelException extends RuntimeException {
    public InvalidModelException(String message) {
        super(message);
    }

    public InvalidModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
