package io.millrace.worker.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreSettings;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.TopicCreator;
import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.task.Task;
import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedS3;
import io.millrace.worker.Stage;
import io.millrace.worker.kafka.KafkaConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A real broker and a real S3 server, the orchestrator's side of the conversation, and workers on demand. */
final class Platform implements AutoCloseable {
    static final String BUCKET = "millrace";

    /** One that jobs may name, and that nobody has made. */
    static final String NOT_MADE = "not-made";

    final ObjectStore store;
    MeterRegistry registry;
    private final Path folder;
    private final EmbeddedKafka kafka;
    private EmbeddedS3 s3;
    private final KafkaProducer<String, Message> producer;
    private final List<ConsumerRecord<String, Message>> heard = new CopyOnWriteArrayList<>();
    private final Thread listener = new Thread(this::listen, "listener");
    private volatile boolean closed;

    Platform(Path folder) {
        this.folder = folder;
        kafka = EmbeddedKafka.start(folder, 0);
        s3 = EmbeddedS3.start(folder, 0, new EmbeddedS3.Credentials("tester", "tester-secret"), BUCKET);
        store = new ObjectStore(
                new StoreSettings(s3.endpoint(), "tester", "tester-secret", "us-east-1", Set.of(BUCKET, NOT_MADE)));
        TopicCreator.create(Map.of("bootstrap.servers", kafka.bootstrapServers()), TopicSettings.all());
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()), new StringSerializer(), new EventSerializer());
        listener.start();
    }

    /** Workers with metrics of their own, found in {@link #registry} until the next ones start. */
    Workers workers(Stage... stages) {
        registry = new SimpleMeterRegistry();
        Workers workers = new Workers(
                new Workers.Settings(
                        "tester", BUCKET, 1, Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(2)),
                KafkaConnection.to(kafka.bootstrapServers()),
                store,
                new ArtifactCache(store, folder.resolve("cache"), 1 << 20),
                registry);
        workers.start(List.of(stages));
        return workers;
    }

    void stopStore() {
        s3.close();
    }

    void startStore() {
        s3 = EmbeddedS3.start(
                folder, s3.endpoint().getPort(), new EmbeddedS3.Credentials("tester", "tester-secret"), BUCKET);
    }

    Artifact upload(String name, String content) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        return store.put("s3://" + BUCKET + "/in/" + name, file);
    }

    /** A task on a model that nobody has resolved yet. */
    Task task(String id, String stage, String action, Artifact model) {
        ObjectNode parameters = JsonNodeFactory.instance.objectNode().put("id", id);
        return new Task(
                id,
                "job-" + id,
                stage,
                action,
                1,
                parameters,
                Map.of("model", Artifact.unresolved(model.uri())),
                Map.of(),
                List.of(),
                7,
                Map.of());
    }

    void send(Task task) {
        send(Topics.tasks(task.stage()), task);
    }

    void send(String topic, Message message) {
        producer.send(new ProducerRecord<>(topic, message.jobId(), message));
        producer.flush();
    }

    void sendTraced(Task task, String traceParent) {
        ProducerRecord<String, Message> record = new ProducerRecord<>(Topics.tasks(task.stage()), task.jobId(), task);
        record.headers().add("traceparent", traceParent.getBytes());
        producer.send(record);
        producer.flush();
    }

    void sendGarbage(String stage) {
        try (KafkaProducer<String, String> raw = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            raw.send(new ProducerRecord<>(Topics.tasks(stage), "no event"));
        }
    }

    /** Says as the orchestrator that only this attempt of the task and later ones are wanted. */
    void fence(Task task, int attempt) {
        fence(TaskFence.below(task.jobId(), task.id(), attempt));
    }

    /** Says as the orchestrator that the task's job has ended. */
    void fenceJob(Task task) {
        fence(TaskFence.ofJob(task.jobId()));
    }

    private void fence(TaskFence fence) {
        producer.send(new ProducerRecord<>(Topics.TASK_FENCES, fence.key(), fence));
        producer.flush();
    }

    /** What was said about a task so far. */
    List<TaskEvent> events(String taskId) {
        return heard.stream()
                .map(ConsumerRecord::value)
                .filter(TaskEvent.class::isInstance)
                .map(TaskEvent.class::cast)
                .filter(event -> event.taskId().equals(taskId))
                .toList();
    }

    <T extends TaskEvent> List<T> events(String taskId, Class<T> type) {
        return events(taskId).stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T extends TaskEvent> T awaitEvent(String taskId, Class<T> type) {
        return awaitEvents(taskId, type, 1).get(0);
    }

    <T extends TaskEvent> List<T> awaitEvents(String taskId, Class<T> type, int count) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(events(taskId))
                        .filteredOn(type::isInstance)
                        .as("all events: %s", events(taskId))
                        .hasSizeGreaterThanOrEqualTo(count));
        return events(taskId, type);
    }

    List<ConsumerRecord<String, Message>> heard() {
        return heard;
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        listener.join();
        producer.close();
        store.close();
        s3.close();
        kafka.close();
    }

    private void listen() {
        try (KafkaConsumer<String, Message> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "group.id",
                        "tester",
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new EventDeserializer())) {
            consumer.subscribe(List.of(Topics.TASK_EVENTS, Topics.DEAD_LETTERS));
            while (!closed) {
                consumer.poll(Duration.ofMillis(50)).forEach(heard::add);
            }
        }
    }
}
