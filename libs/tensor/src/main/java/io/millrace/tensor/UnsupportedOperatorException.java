package io.millrace.tensor;

/** A node that cannot be run differentiably. The message says what about it: {@code Resize with mode cubic}. */
public final class UnsupportedOperatorException extends RuntimeException {
    public UnsupportedOperatorException(String message) {
        super(message);
    }
}
