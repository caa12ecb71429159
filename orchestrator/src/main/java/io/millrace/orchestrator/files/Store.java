package io.millrace.orchestrator.files;

import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.ObjectStreams;
import io.millrace.artifacts.PresignedUrls;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** The orchestrator's way to the object store. */
@ApplicationScoped
public class Store {
    private final ObjectStore objects;
    private final PresignedUrls signed;
    private final String bucket;

    Store(StoreConfig config, FilesConfig files) {
        this.objects = new ObjectStore(config.settings(config.endpoint()));
        this.signed = files.publicStore()
                .map(address -> new PresignedUrls(config.settings(address), files.linkLifetime()))
                .orElse(null);
        this.bucket = config.bucket();
    }

    public ObjectStore objects() {
        return objects;
    }

    ObjectStreams streams() {
        return objects.streams();
    }

    /** Signed addresses, where clients can reach the store. */
    Optional<PresignedUrls> signed() {
        return Optional.ofNullable(signed);
    }

    /** Address of something under {@code uploads/}. */
    String upload(String path) {
        return "s3://%s/uploads/%s".formatted(bucket, path);
    }

    @PreDestroy
    void close() {
        objects.close();
        if (signed != null) {
            signed.close();
        }
    }
}
