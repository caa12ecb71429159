package io.millrace.standalone.server;

import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedS3;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * All of Millrace in this JVM: a Kafka broker and an S3 server on loopback, then the orchestrator and every stage
 * service. Its state lies in one folder and outlives it.
 */
public final class AllInOne implements AutoCloseable {
    private static final String BUCKET = "millrace";
    private static final List<Logger> QUIET = Stream.of(
                    "", "org.apache.kafka", "kafka", "org.gaul", "org.eclipse.jetty")
            .map(Logger::getLogger)
            .toList();
    private static final CountDownLatch STOPPED = new CountDownLatch(1);
    private static final CountDownLatch STARTED = new CountDownLatch(1);
    private static final AtomicReference<Throwable> FAILURE = new AtomicReference<>();

    private final EmbeddedKafka kafka;
    private final EmbeddedS3 s3;
    private final URI address;

    private AllInOne(EmbeddedKafka kafka, EmbeddedS3 s3, URI address) {
        this.kafka = kafka;
        this.s3 = s3;
        this.address = address;
    }

    /**
     * Starts everything and waits until it answers.
     *
     * @param state folder for the broker's log and the stored objects
     * @param httpPort of REST; 0 for any free one
     * @throws IOException if a port is in use or the folder cannot be used
     */
    public static AllInOne start(Path state, int httpPort) throws IOException, InterruptedException {
        Files.createDirectories(state);
        // Until Quarkus configures logging, the broker would fill the console.
        QUIET.forEach(logger -> logger.setLevel(Level.SEVERE));
        EmbeddedKafka kafka = EmbeddedKafka.start(state.resolve("kafka"), 0);
        EmbeddedS3 s3 = null;
        try {
            // Nobody else is to use this store: a new secret at each start.
            var credentials =
                    new EmbeddedS3.Credentials(BUCKET, UUID.randomUUID().toString());
            s3 = EmbeddedS3.start(state.resolve("s3"), 0, credentials, BUCKET);
            int port = httpPort == 0 ? freePort() : claim(httpPort);
            configure(state, kafka, s3, port);
            AllInOne all = new AllInOne(kafka, s3, URI.create("http://localhost:" + port));
            Runtime.getRuntime().addShutdownHook(new Thread(all::close, "stop-millrace"));
            all.startServices();
            return all;
        } catch (IOException | RuntimeException | InterruptedException e) {
            if (s3 != null) {
                s3.close();
            }
            kafka.close();
            throw e;
        }
    }

    /** Where REST answers. */
    public URI address() {
        return address;
    }

    /** Waits until somebody stops it. */
    public void awaitStop() throws InterruptedException {
        STOPPED.await();
    }

    /** Stops the services, then store and broker; safe to call twice. */
    @Override
    public synchronized void close() {
        if (STARTED.getCount() == 0 && STOPPED.getCount() > 0) {
            Quarkus.asyncExit(0);
            awaitQuietly();
        }
        s3.close();
        kafka.close();
    }

    private static void awaitQuietly() {
        try {
            STOPPED.await(15, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void startServices() throws InterruptedException, IOException {
        Thread services = new Thread(
                () -> {
                    Quarkus.run(Services.class, (exitCode, failure) -> {
                        FAILURE.set(failure);
                        STOPPED.countDown();
                        STARTED.countDown();
                    });
                },
                "services");
        services.setDaemon(true);
        services.start();
        STARTED.await();
        if (FAILURE.get() != null) {
            Throwable root = FAILURE.get();
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new IOException("the services did not start: " + root.getMessage(), FAILURE.get());
        }
    }

    private static void configure(Path state, EmbeddedKafka kafka, EmbeddedS3 s3, int port) {
        System.setProperty("kafka.bootstrap.servers", kafka.bootstrapServers());
        System.setProperty("quarkus.kafka-streams.bootstrap-servers", kafka.bootstrapServers());
        System.setProperty("kafka-streams.state.dir", state.resolve("streams").toString());
        System.setProperty("millrace.store.endpoint", s3.endpoint().toString());
        System.setProperty("millrace.store.access-key", s3.credentials().accessKey());
        System.setProperty("millrace.store.secret-key", s3.credentials().secretKey());
        System.setProperty("millrace.store.cache-dir", state.resolve("cache").toString());
        System.setProperty("quarkus.http.host", "127.0.0.1");
        System.setProperty("quarkus.http.port", Integer.toString(port));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static int claim(int port) throws IOException {
        try (ServerSocket ignored = new ServerSocket(port)) {
            return port;
        } catch (IOException e) {
            throw new IOException(
                    "port %d is in use: stop what holds it, or choose another with --port".formatted(port), e);
        }
    }

    /** Runs until the application is told to stop. */
    public static final class Services implements QuarkusApplication {
        @Override
        public int run(String... args) {
            STARTED.countDown();
            Quarkus.waitForExit();
            return 0;
        }
    }
}
