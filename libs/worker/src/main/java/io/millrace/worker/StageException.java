package io.millrace.worker;

import io.millrace.artifacts.StoreException;
import io.millrace.contracts.FailureKind;
import io.millrace.data.InvalidDataException;
import io.millrace.onnx.InvalidModelException;
import java.io.UncheckedIOException;
import java.util.regex.Pattern;

/** A failure of a task that knows its kind. The message names field, node, tensor or file, and the way out. */
public final class StageException extends RuntimeException {
    private static final Pattern LACK_OF_MEMORY = Pattern.compile("(?i)memory|\\balloc");

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

    /**
     * What to throw when the work on one part of a model fails: the failure itself if it knows what it is, else one that
     * names the part. The same input would fail again, so only a lack of memory or a file that cannot be read or written
     * counts as {@code TRANSIENT}.
     *
     * @param part a layer, a group of channels, or the method as a whole
     */
    public static RuntimeException in(String part, RuntimeException failure) {
        if (failure instanceof StageException
                || failure instanceof StoppedException
                || failure instanceof StoreException
                || failure instanceof InvalidModelException
                || failure instanceof InvalidDataException) {
            return failure;
        }
        String reason = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        boolean transientFailure = failure instanceof UncheckedIOException
                || LACK_OF_MEMORY.matcher(reason).find();
        return new StageException(
                transientFailure ? FailureKind.TRANSIENT : FailureKind.UNSUPPORTED, part + ": " + reason, failure);
    }
}
