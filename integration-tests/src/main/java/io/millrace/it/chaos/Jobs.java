package io.millrace.it.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.job.JobSpecReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Keeps a few jobs open: whenever one ends, another is submitted. Every second one goes over REST, asked again of the
 * other orchestrator until one says yes, and every other one straight to Kafka, twice.
 */
final class Jobs implements AutoCloseable {
    private static final int OPEN = 10;
    private static final Duration PAUSE = Duration.ofMillis(300);

    private final List<URI> orchestrators;
    private final KafkaProducer<String, Message> producer;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final Map<String, Job> submitted = new ConcurrentHashMap<>();
    private final Set<String> ended = ConcurrentHashMap.newKeySet();
    private final Thread thread = new Thread(this::keepOpen, "jobs");
    private volatile boolean enough;

    /** A job that was submitted: its number decides what it must end with. */
    record Job(String id, int number, Instant at) {}

    Jobs(List<URI> orchestrators, String bootstrapServers) {
        this.orchestrators = orchestrators;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "acks", "all", "delivery.timeout.ms", 300_000),
                new StringSerializer(),
                new EventSerializer());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** No more jobs; returns when the last one is submitted. */
    void stop() throws InterruptedException {
        enough = true;
        thread.join();
    }

    /** Takes note of ends. */
    void heard(Message message) {
        if (message instanceof JobEvent.Completed
                || message instanceof JobEvent.Failed
                || message instanceof JobEvent.Cancelled) {
            ended.add(message.jobId());
        }
    }

    int ended() {
        return ended.size();
    }

    Map<String, Job> submitted() {
        return submitted;
    }

    /** Those that have not ended. */
    List<String> open() {
        return submitted.keySet().stream()
                .filter(id -> !ended.contains(id))
                .sorted()
                .toList();
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }

    private void keepOpen() {
        try {
            for (int number = 1; !enough; number++) {
                while (open().size() >= OPEN && !enough) {
                    Thread.sleep(20);
                }
                Instant at = Instant.now();
                String id = number % 2 == 0 ? overRest(number) : overKafka(number);
                submitted.put(id, new Job(id, number, at));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String overKafka(int number) throws InterruptedException {
        String id = "kafka-" + number;
        try {
            JsonNode spec = JobSpecReader.parse(specification(number));
            for (int time = 0; time < 2; time++) {
                producer.send(new ProducerRecord<>(Topics.JOBS, id, new JobEvent.Submitted(id, spec)));
            }
            producer.flush();
            return id;
        } catch (io.millrace.contracts.job.InvalidJobException e) {
            throw new IllegalStateException(e);
        }
    }

    private String overRest(int number) throws InterruptedException {
        for (int time = number; ; time++) {
            URI orchestrator = orchestrators.get(time / 2 % orchestrators.size());
            HttpRequest request = HttpRequest.newBuilder(orchestrator.resolve("/api/jobs"))
                    .timeout(Duration.ofSeconds(5))
                    .header("Content-Type", "application/yaml")
                    .header("Idempotency-Key", "rest-" + number)
                    .POST(BodyPublishers.ofString(specification(number)))
                    .build();
            try {
                HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
                if (response.statusCode() == 202) {
                    return Json.mapper()
                            .readTree(response.body())
                            .elements()
                            .next()
                            .asText();
                }
                // 409: it is taken, and not to be seen yet.
                if (response.statusCode() / 100 == 4 && response.statusCode() != 409) {
                    throw new IllegalStateException(response.statusCode() + ": " + response.body());
                }
            } catch (IOException e) {
                // Down or cut off at the moment: asked again.
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    private static String specification(int number) {
        return """
                name: chaos-%d
                model: s3://%s/in/model.onnx
                data: {calibration: s3://%2$s/in/data/, validation: s3://%2$s/in/data/}
                objective: {metric: top1, max-drop: 0.01, mac-ratio: 0.99}
                recipe:
                  - stage: {name: %s, parameters: {number: %1$d}}
                """.formatted(number, Cluster.BUCKET, CheapStage.NAME);
    }
}
