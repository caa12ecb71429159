package io.millrace.worker;

/** Ends a task whose job was cancelled, whose attempt was overtaken, or whose worker is to stop. Not a failure. */
public final class StoppedException extends RuntimeException {
    public StoppedException(String reason) {
        super(reason, null, false, false);
    }
}
