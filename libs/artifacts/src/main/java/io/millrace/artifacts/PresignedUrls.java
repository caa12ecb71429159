package io.millrace.artifacts;

import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.MinioClient;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Addresses with which whoever holds them may read or write one object for a while, without keys of the store. Signing
 * asks nobody, so that the address may be one that only the clients can reach.
 */
public final class PresignedUrls implements AutoCloseable {
    private final StoreSettings settings;
    private final MinioClient client;
    private final StoreFaults faults;
    private final Duration lifetime;

    /** @param settings with the endpoint as the clients see it */
    public PresignedUrls(StoreSettings settings, Duration lifetime) {
        this.settings = settings;
        this.lifetime = lifetime;
        this.client = MinioClient.builder()
                .endpoint(settings.endpoint().toString())
                .region(settings.region())
                .credentials(settings.accessKey(), settings.secretKey())
                .build();
        this.faults = new StoreFaults(settings.endpoint());
    }

    public URI toRead(String uri) {
        return sign(Http.Method.GET, uri);
    }

    public URI toWrite(String uri) {
        return sign(Http.Method.PUT, uri);
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (Exception e) {
            throw new IllegalStateException("The client of %s did not close.".formatted(settings.endpoint()), e);
        }
    }

    private URI sign(Http.Method method, String uri) {
        ObjectUri target = ObjectUri.parse(uri);
        return URI.create(faults.guard(
                target,
                () -> client.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                        .method(method)
                        .bucket(target.bucket())
                        .object(target.key())
                        .expiry(Math.toIntExact(lifetime.toSeconds()), TimeUnit.SECONDS)
                        .build())));
    }
}
