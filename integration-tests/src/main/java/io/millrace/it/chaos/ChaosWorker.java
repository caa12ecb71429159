package io.millrace.it.chaos;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreSettings;
import io.millrace.worker.kafka.KafkaConnection;
import io.millrace.worker.run.Workers;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A worker of the cheap stages as a program, with the settings that a service has by default. */
public final class ChaosWorker {
    private static final int PERMITS = 2;

    private ChaosWorker() {}

    /**
     * Arguments: worker's name, bootstrap servers, store's endpoint, access key, secret key, bucket, folder, and the
     * stages it serves; all if none is named.
     */
    public static void main(String[] args) throws InterruptedException {
        ObjectStore store =
                new ObjectStore(new StoreSettings(URI.create(args[2]), args[3], args[4], "us-east-1", Set.of(args[5])));
        Workers workers = new Workers(
                new Workers.Settings(
                        args[0],
                        args[5],
                        PERMITS,
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(5)),
                KafkaConnection.to(args[1]),
                store,
                new ArtifactCache(store, Path.of(args[6]), 1 << 30),
                new SimpleMeterRegistry());
        List<String> wanted = List.of(args).subList(7, args.length);
        workers.start(Stream.of(new CheapStage(), new CheapEvaluation())
                .filter(stage -> wanted.isEmpty() || wanted.contains(stage.name()))
                .toList());
        Thread.currentThread().join();
    }
}
