package io.millrace.artifacts;

import io.millrace.artifacts.StoreException.Reason;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.minio.GetObjectResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** JSON documents in the object store, small enough to be read as a whole. All methods throw {@link StoreException}. */
public final class Documents {
    private static final String JSON = "application/json";
    private static final int LARGEST = 64 << 20;

    private final Objects objects;

    Documents(Objects objects) {
        this.objects = objects;
    }

    /** Reads a JSON document; empty if there is none. */
    public <T> Optional<T> get(String uri, Class<T> type) {
        ObjectUri source = objects.file(uri);
        if (objects.stat(source).isEmpty()) {
            return Optional.empty();
        }
        return objects.faults().guard(source, () -> {
            try (GetObjectResponse in = objects.open(source)) {
                byte[] document = in.readNBytes(LARGEST);
                return Optional.of(Json.mapper().readValue(document, type));
            }
        });
    }

    /** Reads a JSON document, and checks it on the way against the artifact's digest. */
    public <T> T get(Artifact artifact, Class<T> type) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        ObjectUri source = objects.file(artifact.uri());
        if (artifact.size() > LARGEST) {
            throw new StoreException(
                    Reason.TOO_LARGE,
                    "%s has %d bytes, more than a document may have (%d).".formatted(source, artifact.size(), LARGEST));
        }
        objects.read(source, artifact.sha256(), content);
        try {
            return Json.mapper().readValue(content.toByteArray(), type);
        } catch (IOException e) {
            throw new StoreException(Reason.CHANGED, "%s is no JSON document: %s.".formatted(source, e), e);
        }
    }

    /** Stores a JSON document, over whatever is there. */
    public Artifact put(String uri, Object document) {
        return write(objects.file(uri), document, Map.of());
    }

    /**
     * Stores a JSON document only if nothing is there: of several who try at once exactly one succeeds.
     *
     * @return whether this call has created it
     */
    public boolean create(String uri, Object document) {
        try {
            write(objects.file(uri), document, Map.of("If-None-Match", "*"));
            return true;
        } catch (StoreFaults.AlreadyThere e) {
            return false;
        }
    }

    private Artifact write(ObjectUri target, Object document, Map<String, String> headers) {
        try {
            byte[] bytes = Json.mapper().writeValueAsBytes(document);
            String sha256 = Sha256.of(bytes);
            objects.upload(target, new ByteArrayInputStream(bytes), bytes.length, sha256, JSON, headers);
            return new Artifact(target.toString(), sha256, bytes.length);
        } catch (IOException e) {
            throw new IllegalArgumentException("Not a JSON document: " + document.getClass(), e);
        }
    }
}
