package io.millrace.worker.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.task.Task;
import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedS3;
import io.millrace.embedded.Ports;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that is there before its broker and its store. */
@QuarkusTest
@WithTestResource(LatePlatformTest.Nowhere.class)
class LatePlatformTest {
    @TestHTTPResource("/q/")
    URI management;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap;

    @ConfigProperty(name = "millrace.store.endpoint")
    URI store;

    @Test
    void itWaitsIsAliveButNotReadyAndTakesTasksWhenBothAreThere(@TempDir Path folder) throws Exception {
        // given neither
        assertThat(get("health/ready").statusCode()).isEqualTo(503);
        assertThat(get("health/ready").body()).contains("broker").contains(store.toString());
        assertThat(get("health/live").statusCode()).isEqualTo(200);

        // when
        int port = Integer.parseInt(bootstrap.substring(bootstrap.indexOf(':') + 1));
        try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, port)) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(get("health/ready").body()).doesNotContain("\"broker\":"));
            assertThat(get("health/ready").statusCode()).isEqualTo(503);
            try (EmbeddedS3 s3 = EmbeddedS3.start(
                            folder,
                            store.getPort(),
                            new EmbeddedS3.Credentials("tester", "tester-secret"),
                            "millrace");
                    KafkaProducer<String, Message> producer = new KafkaProducer<>(
                            Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new EventSerializer())) {
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() ->
                                assertThat(get("health/ready").statusCode()).isEqualTo(200));
                Task task = new Task("1", "job", "greeting", "greet", 1, null, null, null, null, 0, Map.of());
                producer.send(new ProducerRecord<>(Topics.tasks("greeting"), "job", task));

                // then
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(
                                () -> assertThat(get("metrics").body())
                                        .contains(
                                                "millrace_tasks_seconds_count{action=\"greet\",end=\"completed\",stage=\"greeting\"} 1"));
            }
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(management.resolve(path)).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Addresses where nobody listens yet. */
    public static class Nowhere implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            return Map.of(
                    "kafka.bootstrap.servers", "localhost:" + Ports.claim(0, "a broker to come"),
                    "millrace.store.endpoint", "http://localhost:" + Ports.claim(0, "a store to come"),
                    "millrace.store.access-key", "tester",
                    "millrace.store.secret-key", "tester-secret",
                    "millrace.store.cache-dir", "target/late-cache",
                    "quarkus.http.test-port", "0");
        }

        @Override
        public void stop() {}
    }
}
