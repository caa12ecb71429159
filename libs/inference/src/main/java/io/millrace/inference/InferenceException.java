package io.millrace.inference;

/** ONNX Runtime refused a model or failed to run it. The message names the model and the runtime's own reason. */
public class InferenceException extends RuntimeException {
    public InferenceException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A call that was ended because it took longer than its limit. */
    public static final class TimedOut extends InferenceException {
        public TimedOut(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
