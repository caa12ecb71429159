package io.millrace.standalone.cli;

import io.millrace.artifacts.StoreException;
import io.millrace.embedded.EmbeddedServerException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** A failure in words for people: what, why, and the way out; never a stack trace unasked. */
final class Explanation {
    /** Set to see the stack trace of what was not foreseen. */
    private static final String TRACE = "MILLRACE_TRACE";

    private Explanation() {}

    static String of(Throwable failure) {
        if (failure instanceof UserException
                || failure instanceof EmbeddedServerException
                || failure instanceof StoreException) {
            return failure.getMessage();
        }
        if (failure instanceof UncheckedIOException wrapped) {
            return of(wrapped.getCause());
        }
        if (failure instanceof FileSystemException file) {
            return file(file);
        }
        if (failure instanceof IOException && failure.getMessage() != null) {
            return failure.getMessage();
        }
        if (failure instanceof OutOfMemoryError) {
            return "out of memory; give it more with MILLRACE_HEAP=4g";
        }
        return unforeseen(failure);
    }

    private static String file(FileSystemException failure) {
        String reason = failure instanceof NoSuchFileException
                ? "it does not exist"
                : failure instanceof AccessDeniedException
                        ? "permission denied"
                        : failure instanceof NotDirectoryException || failure instanceof FileAlreadyExistsException
                                ? "it is no folder"
                                : String.valueOf(failure.getReason());
        return failure.getFile() + " cannot be used: " + reason;
    }

    private static String unforeseen(Throwable failure) {
        if (System.getenv(TRACE) == null) {
            return "unexpected: %s; set %s=1 to see where".formatted(failure, TRACE);
        }
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        return "unexpected: " + trace;
    }
}
