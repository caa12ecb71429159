package io.millrace.data;

/** A data set that cannot be used as it is. The message names file, array and index, and the way out. */
public final class InvalidDataException extends RuntimeException {
    public InvalidDataException(String message) {
        super(message);
    }

    public InvalidDataException(String message, Throwable cause) {
        super(message, cause);
    }
}
