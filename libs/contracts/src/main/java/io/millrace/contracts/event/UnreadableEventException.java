package io.millrace.contracts.event;

/** A CloudEvent that is none of ours. The message says why. */
public final class UnreadableEventException extends Exception {
    public UnreadableEventException(String message) {
        super(message);
    }
}
