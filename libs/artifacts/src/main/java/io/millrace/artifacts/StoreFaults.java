package io.millrace.artifacts;

import io.millrace.artifacts.StoreException.Reason;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Turns what the client throws into {@link StoreException}s. */
final class StoreFaults {
    private static final Set<String> MISSING = Set.of("NoSuchKey", "NoSuchBucket", "NoSuchObject", "ResourceNotFound");
    private static final Set<String> DENIED =
            Set.of("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed");

    private final URI endpoint;

    StoreFaults(URI endpoint) {
        this.endpoint = endpoint;
    }

    /** A call to the store. */
    interface Call<T> {
        T run() throws MinioException, IOException;
    }

    /** A conditional create found something. */
    static final class AlreadyThere extends RuntimeException {
        AlreadyThere(ObjectUri uri) {
            super(uri.toString(), null, false, false);
        }
    }

    <T> T guard(ObjectUri uri, Call<T> call) {
        try {
            return call.run();
        } catch (ErrorResponseException e) {
            throw answered(uri, e);
        } catch (MinioException | IOException | IllegalStateException e) {
            // The client wraps what the network says into IllegalStateException.
            throw new StoreException(
                    Reason.UNAVAILABLE,
                    "The object store at %s did not serve %s (%s): check that it runs, that the way to it is open, and that its address is right (MILLRACE_STORE_ENDPOINT)."
                            .formatted(endpoint, uri, reasonOf(e)),
                    e);
        }
    }

    <T> Optional<T> find(ObjectUri uri, Call<T> call) {
        try {
            return Optional.of(guard(uri, call));
        } catch (StoreException e) {
            if (e.reason() == Reason.NOT_FOUND
                    && !(e.getCause() instanceof ErrorResponseException answer
                            && "NoSuchBucket".equals(answer.errorResponse().code()))) {
                return Optional.empty();
            }
            throw e;
        }
    }

    StoreException local(Path path, IOException e) {
        String message = String.valueOf(e.getMessage());
        String reason = message.contains("No space left") ? "no space is left on its disk; free some" : e.toString();
        return new StoreException(
                Reason.LOCAL_DISK, "The local file %s cannot be used: %s.".formatted(path, reason), e);
    }

    private RuntimeException answered(ObjectUri uri, ErrorResponseException e) {
        String code = String.valueOf(e.errorResponse().code());
        int status = e.response() == null ? 0 : e.response().code();
        if (status == 412 || code.equals("PreconditionFailed")) {
            return new AlreadyThere(uri);
        }
        if (code.equals("NoSuchBucket")) {
            return new StoreException(
                    Reason.NOT_FOUND, "The bucket of %s does not exist at %s.".formatted(uri, endpoint), e);
        }
        if (status == 404 || MISSING.contains(code)) {
            return new StoreException(Reason.NOT_FOUND, "There is no object at %s.".formatted(uri), e);
        }
        if (status == 401 || status == 403 || DENIED.contains(code)) {
            return new StoreException(
                    Reason.ACCESS_DENIED,
                    "The object store at %s denies access to %s (%s): check access key and secret key."
                            .formatted(endpoint, uri, code),
                    e);
        }
        return new StoreException(
                Reason.UNAVAILABLE,
                "The object store at %s answered %d %s for %s.".formatted(endpoint, status, code, uri),
                e);
    }

    private static String reasonOf(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        // A broken connection tells no more than where it led.
        return root.getMessage() == null || root.getMessage().startsWith("unexpected end of stream")
                ? "the connection broke off"
                : root.getMessage();
    }
}
