package io.millrace.orchestrator;

import io.millrace.embedded.EmbeddedKafka;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A real broker for tests, on a free port and in a folder of its own. */
public class Broker implements QuarkusTestResourceLifecycleManager {
    private EmbeddedKafka kafka;

    @Override
    public Map<String, String> start() {
        Path folder = newFolder();
        kafka = EmbeddedKafka.start(folder.resolve("broker"), 0);
        return Map.of(
                "kafka.bootstrap.servers", kafka.bootstrapServers(),
                "kafka-streams.state.dir", folder.resolve("streams").toString(),
                "quarkus.http.test-port", "0");
    }

    @Override
    public void stop() {
        if (kafka != null) {
            kafka.close();
        }
    }

    static Path newFolder() {
        try {
            Path folder = Files.createTempDirectory("millrace-orchestrator");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
