package io.millrace.worker.app;

import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedS3;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Broker and store for an application under test. */
public class EmbeddedPlatform implements QuarkusTestResourceLifecycleManager {
    private EmbeddedKafka kafka;
    private EmbeddedS3 s3;

    @Override
    public Map<String, String> start() {
        Path folder = newFolder();
        kafka = EmbeddedKafka.start(folder, 0);
        s3 = EmbeddedS3.start(folder, 0, new EmbeddedS3.Credentials("tester", "tester-secret"), "millrace");
        return Map.of(
                "kafka.bootstrap.servers",
                kafka.bootstrapServers(),
                "millrace.store.endpoint",
                s3.endpoint().toString(),
                "millrace.store.access-key",
                "tester",
                "millrace.store.secret-key",
                "tester-secret",
                "millrace.store.cache-dir",
                folder.resolve("cache").toString(),
                "quarkus.http.test-port",
                "0");
    }

    @Override
    public void stop() {
        s3.close();
        kafka.close();
    }

    private static Path newFolder() {
        try {
            return Files.createTempDirectory("millrace-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
