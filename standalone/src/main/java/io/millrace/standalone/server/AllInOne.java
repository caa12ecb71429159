package io.millrace.standalone.server;

import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedS3;
import io.millrace.embedded.EmbeddedServerException;
import io.millrace.embedded.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Exit;

/**
 * All of Millrace in this JVM: a Kafka broker and an S3 server on loopback, then the orchestrator and every stage
 * service. Its state lies in one folder and outlives it.
 */
public final class AllInOne implements AutoCloseable {
    public static final String BUCKET = "millrace";

    /** The exit code of all troubles around us. */
    private static final int BROKER_GONE = 2;

    private static final List<Logger> QUIET = Stream.of(
                    "", "org.apache.kafka", "kafka", "org.gaul", "org.eclipse.jetty")
            .map(Logger::getLogger)
            .toList();

    private final Options options;
    private volatile boolean stopping;
    private StateFolder folder;
    private EmbeddedKafka kafka;
    private EmbeddedS3 s3;
    private Services services;
    private URI address;

    private AllInOne(Options options) {
        this.options = options;
    }

    /**
     * What is to be started.
     *
     * @param state folder for the broker's log and the stored objects
     * @param httpPort of REST; 0 for any free one, as for the others
     */
    public record Options(Path state, int httpPort, int kafkaPort, int s3Port) {

        /** This port, or the next that is free. */
        public static int firstFree(int port) {
            return Ports.firstFree(port);
        }
    }

    /**
     * Starts everything and waits until it answers. If the caller is interrupted, what was started is stopped first.
     *
     * @throws IOException if the services do not start
     * @throws EmbeddedServerException if a port is in use or the folder cannot be used
     */
    public static AllInOne start(Options options) throws IOException, InterruptedException {
        AllInOne all = new AllInOne(options);
        // On a thread of its own: an interrupt inside the broker's start would break files.
        FutureTask<Void> starting = new FutureTask<>(all::startAll, null);
        new Thread(starting, "start").start();
        try {
            starting.get();
            return all;
        } catch (InterruptedException e) {
            all.stopping = true;
            awaitEnd(starting);
            all.close();
            throw e;
        } catch (ExecutionException e) {
            all.close();
            if (e.getCause() instanceof EmbeddedServerException failure) {
                throw failure;
            }
            throw new IOException("%s; %s may tell more".formatted(e.getCause().getMessage(), all.log()), e.getCause());
        }
    }

    /** Where REST answers. */
    public URI address() {
        return address;
    }

    /** Where Kafka answers. */
    public String kafka() {
        return kafka.bootstrapServers();
    }

    /** Where S3 answers. */
    public URI s3() {
        return s3.endpoint();
    }

    /** All that a client has to know. */
    public ClientFiles.Settings clientSettings() {
        EmbeddedS3.Credentials keys = s3.credentials();
        return new ClientFiles.Settings(
                address.toString(), kafka(), s3().toString(), keys.accessKey(), keys.secretKey(), BUCKET);
    }

    /** Waits until the services have stopped. */
    public void awaitStop() throws InterruptedException {
        services.awaitStop();
    }

    /** Stops the services, with the tasks at work, and only then the store and the broker under them. */
    @Override
    public synchronized void close() {
        if (services != null) {
            services.close();
            services = null;
        }
        if (s3 != null) {
            s3.close();
            s3 = null;
        }
        if (kafka != null) {
            kafka.close();
            kafka = null;
        }
        if (folder != null) {
            folder.close();
            folder = null;
        }
    }

    private void startAll() {
        // What is logged before Quarkus configures logging would all go to the console.
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
        Exit.setHaltProcedure(this::brokerGaveUp);
        Exit.setExitProcedure(this::brokerGaveUp);
        Path state = options.state();
        folder = StateFolder.hold(state);
        int port = claim(options.httpPort(), "REST", "--port");
        kafka = EmbeddedKafka.start(state.resolve("kafka"), claim(options.kafkaPort(), "Kafka", "--kafka-port"));
        if (stopping) {
            return;
        }
        // Nobody else is to use this store: a new secret at each start.
        s3 = EmbeddedS3.start(
                state.resolve("s3"),
                claim(options.s3Port(), "S3", "--s3-port"),
                new EmbeddedS3.Credentials(BUCKET, UUID.randomUUID().toString()),
                BUCKET);
        configure(port);
        if (stopping) {
            return;
        }
        address = URI.create("http://localhost:" + port);
        services = Services.start();
    }

    /** A port of its own, and which option gives another. */
    private static int claim(int port, String server, String option) {
        try {
            return Ports.claim(port, server);
        } catch (EmbeddedServerException e) {
            throw new EmbeddedServerException(
                    "%s (%s PORT; 0 takes any that is free)".formatted(e.getMessage(), option), e);
        }
    }

    /** The broker ends its process where it cannot write; it would leave only a number. */
    private void brokerGaveUp(int status, String message) {
        System.err.printf(
                "millrace: the Kafka broker gave up%s: is the disk full, or %s not writable? %s may tell more%n",
                message == null ? "" : " (" + message + ")", options.state(), log());
        System.err.flush();
        Runtime.getRuntime().halt(BROKER_GONE);
    }

    private Path log() {
        return options.state().resolve("millrace.log");
    }

    private void configure(int port) {
        Path state = options.state();
        System.setProperty("kafka.bootstrap.servers", kafka.bootstrapServers());
        System.setProperty("kafka-streams.state.dir", state.resolve("streams").toString());
        System.setProperty("millrace.store.endpoint", s3.endpoint().toString());
        System.setProperty("millrace.store.access-key", s3.credentials().accessKey());
        System.setProperty("millrace.store.secret-key", s3.credentials().secretKey());
        System.setProperty("millrace.store.cache-dir", state.resolve("cache").toString());
        System.setProperty("millrace.log.enabled", "true");
        System.setProperty("millrace.log.file", log().toString());
        System.setProperty("quarkus.http.host", "127.0.0.1");
        System.setProperty("quarkus.http.port", Integer.toString(port));
    }

    private static void awaitEnd(FutureTask<Void> starting) {
        boolean interrupted = false;
        while (true) {
            try {
                starting.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
