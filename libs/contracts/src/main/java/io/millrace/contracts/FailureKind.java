package io.millrace.contracts;

/** Why a task failed, and so what is done about it. */
public enum FailureKind {
    /** The model, the data or a parameter is wrong. Final. */
    INVALID_INPUT,
    /** The input is right, but this stage cannot treat it. Final. */
    UNSUPPORTED,
    /** The world was in the way (network, store, disk). Tried again with back-off, for as long as it may take to mend. */
    TRANSIENT,
    /** The worker went silent, or failed in a way nobody foresaw. Tried again, a few times: the work may be the cause. */
    CRASHED;

    public boolean isFinal() {
        return this == INVALID_INPUT || this == UNSUPPORTED;
    }
}
