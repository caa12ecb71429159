package io.millrace.worker;

import io.millrace.contracts.FailureKind;

/** A failure of a task that knows its kind. The message names field, node, tensor or file, and the way out. */
public final class StageException extends RuntimeException {
    private final FailureKind kind;

    public StageException(FailureKind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public static StageException invalidInput(String message) {
        return new StageException(FailureKind.INVALID_INPUT, message, null);
    }

    public static StageException unsupported(String message) {
        return new StageException(FailureKind.UNSUPPORTED, message, null);
    }

    public FailureKind kind() {
        return kind;
    }
}
