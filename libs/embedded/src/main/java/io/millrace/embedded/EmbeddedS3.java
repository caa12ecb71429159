package io.millrace.embedded;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * A real S3 server inside this JVM, on the loopback interface. A bucket is a folder, an object a file in it, so that
 * what is stored can be looked at with ordinary tools.
 */
public final class EmbeddedS3 implements AutoCloseable {
    private static final String NAME = "S3 server";

    private final URI endpoint;
    private final Credentials credentials;
    private final DataFolder folder;
    private final S3Proxy server;

    /** What clients must know to be let in. */
    public record Credentials(String accessKey, String secretKey) {}

    private EmbeddedS3(URI endpoint, Credentials credentials, DataFolder folder, S3Proxy server) {
        this.endpoint = endpoint;
        this.credentials = credentials;
        this.folder = folder;
        this.server = server;
    }

    /**
     * Starts a server; returns when it takes requests.
     *
     * @param dataDir where it keeps its data; created if missing
     * @param port where it listens; 0 for any free one
     * @param buckets created if missing
     * @throws EmbeddedServerException if the port is in use, the folder is used by another process or cannot be written
     */
    public static EmbeddedS3 start(Path dataDir, int port, Credentials credentials, String... buckets) {
        URI endpoint = URI.create("http://127.0.0.1:" + Ports.claim(port, "the embedded " + NAME));
        DataFolder folder = DataFolder.open(dataDir, "s3", NAME);
        try {
            for (String bucket : buckets) {
                Files.createDirectories(folder.path().resolve(bucket));
            }
            S3Proxy server = S3Proxy.builder()
                    .blobStore(new FilesystemNio2BlobStore(folder.path().toString()))
                    .endpoint(endpoint)
                    .awsAuthentication(
                            AuthenticationType.AWS_V2_OR_V4, credentials.accessKey(), credentials.secretKey())
                    .ignoreUnknownHeaders(true)
                    .stopTimeout(0)
                    .build();
            server.start();
            return new EmbeddedS3(endpoint, credentials, folder, server);
        } catch (Exception e) {
            folder.close();
            throw new EmbeddedServerException(
                    "The embedded %s at %s with data in %s did not start (%s)."
                            .formatted(NAME, endpoint, folder.path(), e.getMessage()),
                    e);
        }
    }

    /** Where clients connect: {@code http://127.0.0.1:port}. */
    public URI endpoint() {
        return endpoint;
    }

    public Credentials credentials() {
        return credentials;
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new EmbeddedServerException("The embedded %s at %s did not stop.".formatted(NAME, endpoint), e);
        } finally {
            folder.close();
        }
    }
}
