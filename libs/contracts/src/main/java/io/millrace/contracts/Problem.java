package io.millrace.contracts;

import io.millrace.contracts.field.Fault;
import java.util.List;
import java.util.Locale;

/**
 * Why an HTTP request was refused (RFC 9457), the same for every service.
 *
 * @param type what kind of problem, for programs: {@code urn:millrace:problem:job-at-fault}; {@code about:blank} where
 *     the status says all
 * @param title the kind, for people
 * @param detail what is wrong here, and the way out
 * @param faults of a job specification, by field; {@code null} for other problems
 */
public record Problem(String type, String title, int status, String detail, List<Fault> faults) {
    public static final String MEDIA_TYPE = "application/problem+json";
    private static final String PREFIX = "urn:millrace:problem:";

    /** Every kind of problem that has a type of its own. */
    public enum Kind {
        JOB_AT_FAULT(400, "The job is at fault"),
        BAD_REQUEST(400, "The request is at fault"),
        UNAUTHENTICATED(401, "No valid token"),
        NOT_ALLOWED(403, "The token's roles do not allow this"),
        FOREIGN_ORIGIN(403, "Sent by a page of another origin"),
        NOT_FOUND(404, "Nothing there"),
        KEY_IN_USE(409, "A request with this Idempotency-Key is in work"),
        CONTENT_MISSING(409, "Content has not been uploaded"),
        TOO_LARGE(413, "Too large"),
        UNKNOWN_HOST(421, "Not a name of this server"),
        KEY_REUSED(422, "The Idempotency-Key was used for another job"),
        CONTENT_MISMATCH(422, "The content is not what it was said to be"),
        MODEL_AT_FAULT(422, "The model is at fault"),
        INTERNAL(500, "The server is at fault"),
        STARTING(503, "Still starting"),
        KAFKA_AWAY(503, "Kafka does not answer"),
        STORE_AWAY(503, "The object store does not answer");

        private final int status;
        private final String title;

        Kind(int status, String title) {
            this.status = status;
            this.title = title;
        }

        public int status() {
            return status;
        }

        /** Its {@code type}. */
        public String uri() {
            return PREFIX + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public static Problem of(Kind kind, String detail) {
        return of(kind, detail, null);
    }

    public static Problem of(Kind kind, String detail, List<Fault> faults) {
        return new Problem(kind.uri(), kind.title, kind.status, detail, faults);
    }

    /** One whose status says all that a program can know. */
    public static Problem ofStatus(int status, String title, String detail) {
        return new Problem("about:blank", title, status, detail, null);
    }
}
