package io.millrace.worker.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.task.Task;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(EmbeddedPlatform.class)
class WorkerApplicationTest {
    @TestHTTPResource("/q/")
    URI management;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap;

    @Test
    void runsEveryStageBeanAndTellsItsHealthAndFigures() throws Exception {
        // given
        assertThat(get("health/live")).contains("\"UP\"").contains("Stage loops");
        assertThat(get("health/ready")).contains("\"UP\"").contains("Broker and object store");

        // when
        try (KafkaProducer<String, Message> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new EventSerializer())) {
            Task task = new Task("1", "job", "greeting", "greet", 1, null, null, null, null, 0, Map.of());
            producer.send(new ProducerRecord<>(Topics.tasks("greeting"), "job", task));
        }

        // then
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(get("metrics"))
                .contains("millrace_tasks_seconds_count{action=\"greet\",end=\"completed\",stage=\"greeting\"} 1"));
    }

    private String get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(management.resolve(path)).build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
