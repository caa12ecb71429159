package io.millrace.orchestrator;

import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedS3;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A real broker and a real object store for tests, on free ports and in a folder of their own. */
public class Broker implements QuarkusTestResourceLifecycleManager {
    private static final EmbeddedS3.Credentials KEYS = new EmbeddedS3.Credentials("tester", "tester-secret");

    private EmbeddedKafka kafka;
    private EmbeddedS3 s3;

    @Override
    public Map<String, String> start() {
        Path folder = newFolder();
        kafka = EmbeddedKafka.start(folder.resolve("broker"), 0);
        s3 = EmbeddedS3.start(folder.resolve("store"), 0, KEYS, "millrace");
        return Map.of(
                "millrace.store.endpoint", s3.endpoint().toString(),
                "millrace.store.access-key", KEYS.accessKey(),
                "millrace.store.secret-key", KEYS.secretKey(),
                "millrace.files.max-size", "100M",
                "kafka.bootstrap.servers", kafka.bootstrapServers(),
                "kafka-streams.state.dir", folder.resolve("streams").toString(),
                "quarkus.http.test-port", "0");
    }

    @Override
    public void stop() {
        if (kafka != null) {
            kafka.close();
        }
        if (s3 != null) {
            s3.close();
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
