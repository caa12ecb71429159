package io.millrace.worker.run;

import io.millrace.artifacts.StoreException;
import io.millrace.contracts.FailureKind;
import io.millrace.data.InvalidDataException;
import io.millrace.onnx.InvalidModelException;
import io.millrace.worker.StageException;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What an exception of a stage means: what nobody foresaw counts as a crash, and is not tried for ever. */
final class FailureClassification {
    private FailureClassification() {}

    /** Kind and message of a failure. {@code expected}: its message tells all, no stack trace is needed. */
    record Failure(FailureKind kind, String message, boolean expected) {}

    static Failure of(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof StageException e) {
                return new Failure(e.kind(), message(e), true);
            }
            if (t instanceof StoreException e) {
                return new Failure(e.kind(), message(e), true);
            }
            if (t instanceof InvalidModelException || t instanceof InvalidDataException) {
                return new Failure(FailureKind.INVALID_INPUT, message(t), true);
            }
            if (t instanceof IOException || t instanceof UncheckedIOException) {
                return new Failure(FailureKind.TRANSIENT, "A file could not be used: " + describe(t), false);
            }
            if (t instanceof OutOfMemoryError) {
                return new Failure(
                        FailureKind.CRASHED,
                        "The worker ran out of memory (%s; heap limit %d MiB): give it more, or make batches smaller."
                                .formatted(t.getMessage(), Runtime.getRuntime().maxMemory() >> 20),
                        true);
            }
            if (t instanceof LinkageError) {
                return new Failure(
                        FailureKind.CRASHED, "A library of the worker does not load: %s.".formatted(t), false);
            }
        }
        return new Failure(FailureKind.CRASHED, "Unexpected: " + describe(thrown), false);
    }

    private static String describe(Throwable thrown) {
        String name = thrown.getClass().getSimpleName();
        return thrown.getMessage() == null ? name : name + ": " + thrown.getMessage();
    }

    private static String message(Throwable thrown) {
        return thrown.getMessage() == null ? describe(thrown) : thrown.getMessage();
    }
}
