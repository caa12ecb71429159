package io.millrace.contracts;

/** Why a task failed, and so what is done about it. */
public enum FailureKind {
    /** The model, the data or a parameter is wrong. Final. */
    INVALID_INPUT,
    /** The input is right, but this stage cannot treat it. Final. */
    UNSUPPORTED,
    /** The world was in the way (network, disk, memory). Tried again with back-off. */
    TRANSIENT,
    /** The worker went silent: its lease ran out. Tried again. */
    CRASHED;

    public boolean isFinal() {
        return this == INVALID_INPUT || this == UNSUPPORTED;
    }
}
