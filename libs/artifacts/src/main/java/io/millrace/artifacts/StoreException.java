package io.millrace.artifacts;

import io.millrace.contracts.FailureKind;

/** An object that cannot be read or written. The message names address or file, the reason and the way out. */
public final class StoreException extends RuntimeException {
    private final Reason reason;

    /** Why. */
    public enum Reason {
        /** No object or bucket there. */
        NOT_FOUND(FailureKind.INVALID_INPUT),
        /** The address is malformed or outside the configured buckets. */
        REFUSED(FailureKind.INVALID_INPUT),
        /** The content is not what the reference says. */
        CHANGED(FailureKind.INVALID_INPUT),
        /** It can never fit into the local cache. */
        TOO_LARGE(FailureKind.INVALID_INPUT),
        /** The store does not let us in. */
        ACCESS_DENIED(FailureKind.TRANSIENT),
        /** Network or server trouble. */
        UNAVAILABLE(FailureKind.TRANSIENT),
        /** The local disk. */
        LOCAL_DISK(FailureKind.TRANSIENT);

        private final FailureKind kind;

        Reason(FailureKind kind) {
            this.kind = kind;
        }
    }

    public StoreException(Reason reason, String message) {
        this(reason, message, null);
    }

    public StoreException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** What it means for the task that ran into it. */
    public FailureKind kind() {
        return reason.kind;
    }
}
