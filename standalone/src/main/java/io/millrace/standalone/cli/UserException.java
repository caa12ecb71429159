package io.millrace.standalone.cli;

/** Something the user can mend; its message is shown without a stack trace. */
public final class UserException extends RuntimeException {
    public UserException(String message) {
        super(message);
    }

    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
