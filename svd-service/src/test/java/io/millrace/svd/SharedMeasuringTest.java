package io.millrace.svd;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreSettings;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.TopicCreator;
import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent.Completed;
import io.millrace.contracts.event.TaskEvent.Failed;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Task;
import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedS3;
import io.millrace.worker.kafka.KafkaConnection;
import io.millrace.worker.run.Workers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several workers measure one network, over a real broker and a real object store. */
class SharedMeasuringTest {
    private static final Path EXAMPLE = Path.of("../examples/fashion-mnist");
    private static final String BUCKET = "millrace";

    @TempDir
    Path folder;

    private EmbeddedKafka kafka;
    private EmbeddedS3 s3;
    private ObjectStore store;
    private KafkaProducer<String, Message> producer;
    private KafkaConsumer<String, Message> consumer;
    private Map<String, Artifact> models;
    private Map<String, Artifact> data;
    private final Map<String, Completed> completed = new HashMap<>();
    private int tasks;

    @BeforeEach
    void start() throws Exception {
        kafka = EmbeddedKafka.start(folder, 0);
        s3 = EmbeddedS3.start(folder, 0, new EmbeddedS3.Credentials("tester", "tester-secret"), BUCKET);
        store = new ObjectStore(
                new StoreSettings(s3.endpoint(), "tester", "tester-secret", "us-east-1", Set.of(BUCKET)));
        Map<String, Object> broker = Map.of("bootstrap.servers", kafka.bootstrapServers());
        TopicCreator.create(Map.of("bootstrap.servers", kafka.bootstrapServers()), TopicSettings.all());
        producer = new KafkaProducer<>(broker, new StringSerializer(), new EventSerializer());
        Map<String, Object> reading = new HashMap<>(broker);
        reading.putAll(Map.of("group.id", "tester", "auto.offset.reset", "earliest"));
        consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new EventDeserializer());
        consumer.subscribe(List.of(Topics.TASK_EVENTS));
        models = Map.of("model", store.put("s3://millrace/in/model.onnx", EXAMPLE.resolve("model.onnx")));
        Path validation = EXAMPLE.resolve("data/validation");
        try (Stream<Path> files = Files.list(validation)) {
            for (Path file : files.toList()) {
                store.put("s3://millrace/in/data/" + file.getFileName(), file);
            }
        }
        data = Map.of("calibration", Artifact.unresolved("s3://millrace/in/data/"));
    }

    @AfterEach
    void stop() {
        producer.close();
        consumer.close();
        store.close();
        s3.close();
        kafka.close();
    }

    private Workers worker(int number) {
        Workers worker = new Workers(
                new Workers.Settings(
                        "worker-" + number,
                        BUCKET,
                        1,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5)),
                KafkaConnection.to(kafka.bootstrapServers()),
                store,
                new ArtifactCache(store, folder.resolve("cache-" + number), 1 << 28),
                new SimpleMeterRegistry());
        worker.start(List.of(new SvdStage()));
        return worker;
    }

    private String send(String action, ObjectNode parameters, List<Result> joined, long seed) {
        String id = "task-" + tasks++;
        Task task = new Task(id, "job", "svd", action, 1, parameters, models, data, joined, seed, Map.of());
        producer.send(new ProducerRecord<>(Topics.tasks("svd"), task.jobId(), task));
        producer.flush();
        return id;
    }

    private Completed await(String task) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!completed.containsKey(task)) {
            assertThat(System.nanoTime()).as("waiting for " + task).isLessThan(deadline);
            consumer.poll(Duration.ofMillis(50)).forEach(record -> {
                assertThat(record.value()).isNotInstanceOf(Failed.class);
                if (record.value() instanceof Completed done) {
                    completed.put(done.taskId(), done);
                }
            });
        }
        return completed.get(task);
    }

    /** Gives out small tasks until so many workers have taken one: from then on all of them are there. */
    private void awaitAll(int workers) {
        Set<String> seen = new HashSet<>();
        long seed = 1000L * workers;
        while (seen.size() < workers) {
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 2 * workers; i++) {
                sent.add(send("compress", Json.mapper().createObjectNode(), List.of(), ++seed));
            }
            sent.forEach(task -> seen.add(await(task).worker()));
        }
    }

    /** Has a network compressed up to the table of all its layers; what became of the measuring tasks. */
    private List<Completed> measure(String parameters, long seed) throws Exception {
        ObjectNode asked = (ObjectNode) Json.mapper().readTree(parameters);
        Fork fork = (Fork) await(send("compress", asked, List.of(), seed)).outcome();
        List<String> sent = new ArrayList<>();
        for (Part part : fork.parts()) {
            sent.add(send(part.action(), part.parameters(), List.of(), seed));
        }
        return sent.stream().map(this::await).toList();
    }

    private static List<String> layers(Completed measured) {
        JsonNode list = ((Result) measured.outcome()).findings().get("measured");
        return list.findValuesAsText("part");
    }

    @Test
    void workersShareTheMeasuringAndWhatIsMeasuredIsFoundAgain() throws Exception {
        Map<Integer, Map<String, Long>> shares = new TreeMap<>();
        for (int count : new int[] {1, 2, 4}) {
            // given
            List<Workers> workers =
                    IntStream.range(0, count).mapToObj(this::worker).toList();
            awaitAll(count);

            // when
            List<Completed> measured = measure("{\"mac-ratios\": [0.5], \"samples\": 256}", count);

            // then every layer is measured once, by whomever
            assertThat(measured).noneMatch(Completed::reused);
            assertThat(measured.stream().flatMap(task -> layers(task).stream()))
                    .hasSize(8)
                    .doesNotHaveDuplicates();
            Map<String, Long> share = new TreeMap<>();
            measured.stream()
                    .collect(groupingBy(Completed::worker))
                    .forEach((worker, done) -> share.put(
                            worker,
                            done.stream().mapToLong(task -> layers(task).size()).sum()));
            shares.put(count, share);

            // when another job wants something else of the same network
            List<Completed> again =
                    measure("{\"mac-ratios\": [0.8, 0.3], \"ranks\": \"lagrange\", \"samples\": 256}", count);

            // then nothing is measured again
            assertThat(again).hasSameSizeAs(measured).allMatch(Completed::reused);
            workers.forEach(Workers::close);
        }
        System.out.println("layers measured by each of 1, 2 and 4 workers: " + shares);
        assertThat(shares.get(1)).hasSize(1);
        assertThat(shares.get(2)).hasSize(2);
        assertThat(shares.get(4).size()).isBetween(2, 4);
    }
}
