package io.millrace.embedded;

/** An embedded server that cannot start. The message is one sentence: the reason and the way out. */
public final class EmbeddedServerException extends RuntimeException {
    public EmbeddedServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
