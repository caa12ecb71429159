package io.millrace.orchestrator.rest;

import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Request bodies that are read into memory: never more than a bound. */
final class Bodies {
    private Bodies() {}

    /** @throws ProblemException if it is longer, or breaks off */
    static byte[] read(InputStream body, int limit, String what) {
        try {
            byte[] bytes = body == null ? new byte[0] : body.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new ProblemException(Kind.TOO_LARGE, "%s may have %,d bytes".formatted(what, limit));
            }
            return bytes;
        } catch (IOException e) {
            throw new ProblemException(Kind.BAD_REQUEST, "the body broke off: " + e.getMessage());
        }
    }

    static String text(InputStream body, int limit, String what) {
        return new String(read(body, limit, what), StandardCharsets.UTF_8);
    }
}
