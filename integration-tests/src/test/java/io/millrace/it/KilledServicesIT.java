package io.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.Sha256;
import io.millrace.artifacts.StoreSettings;
import io.millrace.contracts.Json;
import io.millrace.contracts.TopicCreator;
import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.event.TaskEvent.Claimed;
import io.millrace.contracts.event.TaskEvent.Completed;
import io.millrace.contracts.event.TaskEvent.Progressed;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Outcome;
import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedS3;
import io.millrace.it.chaos.ChaosWorker;
import io.millrace.it.chaos.CheapStage;
import io.millrace.it.chaos.EventLog;
import io.millrace.it.process.FreePorts;
import io.millrace.it.process.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Orchestrator, evaluator and two workers of an outside stage, each a process of its own. A worker is killed in the
 * middle of a task, then the orchestrator in the middle of the job. Their output lies in target/killed-services.
 */
class KilledServicesIT {
    private static final String BUCKET = "millrace";
    private static final Path EXAMPLE = Path.of("..", "examples", "fashion-mnist");
    private static final Path LOGS = Path.of("target", "killed-services");
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Baseline, the step, its parts and their join, one evaluation. */
    private static final int TASKS = 1 + 1 + CheapStage.PARTS + 1 + 1;

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<ServiceProcess> processes = new ArrayList<>();
    private EmbeddedKafka kafka;
    private EmbeddedS3 s3;
    private EventLog log;
    private int port;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(LOGS);
        kafka = EmbeddedKafka.start(folder, 0);
        s3 = EmbeddedS3.start(folder, 0, new EmbeddedS3.Credentials("tester", "tester-secret"), BUCKET);
        TopicCreator.create(Map.of("bootstrap.servers", kafka.bootstrapServers()), TopicSettings.all());
        log = new EventLog(kafka.bootstrapServers(), message -> {});
        upload();
        port = FreePorts.take(1).get(0);
    }

    @AfterEach
    void stop() throws InterruptedException {
        processes.forEach(ServiceProcess::close);
        log.close();
        s3.close();
        kafka.close();
    }

    @Test
    void losesAndDoublesNothing() throws Exception {
        // given a job whose slow tasks are at work
        ServiceProcess orchestrator = orchestrator();
        service("evaluator-service");
        Map<String, ServiceProcess> workers = Map.of("first", slowWorker("first"), "second", slowWorker("second"));
        await("the orchestrator answers").atMost(PATIENCE).until(() -> statusOf("/q/health/ready") == 200);
        String job = submit();
        await("a slow part is at work").atMost(PATIENCE).until(() -> partAtWork() != null);

        // when its worker is killed
        Progressed lost = partAtWork();
        Instant killed = Instant.now();
        workers.get(lost.worker().split("/")[0]).kill();

        // then another one has the task soon
        await("the lost task is claimed again").atMost(PATIENCE).until(() -> claimedAgain(lost) != null);
        Duration recovery = Duration.between(killed, claimedAgain(lost));
        System.out.printf("A lost task was running again after %.1f s%n", recovery.toMillis() / 1000.0);
        assertThat(recovery).isLessThan(Duration.ofSeconds(15));

        // and when the orchestrator is killed, and started again
        orchestrator.kill();
        Instant down = Instant.now();
        orchestrator();

        // then the job completes, every task once
        await("the job ends")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> ended(job));
        System.out.printf(
                "The job ended %.1f s after its orchestrator was killed%n",
                Duration.between(down, Instant.now()).toMillis() / 1000.0);
        JobStatus status = status(job);
        assertThat(status.phase()).as(status.reason()).isEqualTo(JobStatus.Phase.COMPLETED);
        assertThat(status.finishedTasks()).isEqualTo(TASKS);
        assertThat(status.candidates()).singleElement().satisfies(candidate -> {
            assertThat(candidate.id()).isEqualTo(status.chosen());
            assertThat(candidate.model().sha256())
                    .isEqualTo(Sha256.of(CheapStage.result(Files.readAllBytes(EXAMPLE.resolve("model.onnx")), 1)));
        });
        assertOneResultPerTask();
    }

    private void assertOneResultPerTask() {
        Map<String, Set<Outcome>> outcomes = log.all(Completed.class)
                .collect(Collectors.groupingBy(
                        Completed::taskId, Collectors.mapping(Completed::outcome, Collectors.toSet())));
        assertThat(outcomes).hasSize(TASKS);
        assertThat(outcomes).allSatisfy((task, results) -> assertThat(results).hasSize(1));
    }

    /** Progress of a slow part, that of the most recent report. */
    private Progressed partAtWork() {
        return log.all(Progressed.class)
                .filter(event -> event.worker().endsWith("/" + CheapStage.NAME))
                .filter(event -> event.progress().total() > 0)
                .reduce((first, second) -> second)
                .orElse(null);
    }

    private Instant claimedAgain(Progressed lost) {
        return log.entries().stream()
                .filter(entry -> entry.message() instanceof Claimed claimed
                        && claimed.taskId().equals(lost.taskId())
                        && claimed.attempt() > lost.attempt())
                .map(EventLog.Entry::at)
                .findFirst()
                .orElse(null);
    }

    private ServiceProcess orchestrator() throws IOException {
        Map<String, String> settings = settings();
        settings.put("quarkus.http.port", Integer.toString(port));
        settings.put("kafka-streams.state.dir", folder.resolve("streams").toString());
        settings.remove("millrace.store.cache-dir"); // the orchestrator keeps no copies
        return started(ServiceProcess.service("orchestrator", settings, LOGS.resolve("orchestrator.log")));
    }

    private void service(String module) throws IOException {
        Map<String, String> settings = settings();
        settings.put("quarkus.http.port", "0");
        started(ServiceProcess.service(module, settings, LOGS.resolve(module + ".log")));
    }

    private ServiceProcess slowWorker(String name) throws IOException {
        List<String> arguments = List.of(
                name,
                kafka.bootstrapServers(),
                s3.endpoint().toString(),
                "tester",
                "tester-secret",
                BUCKET,
                folder.resolve("cache").toString(),
                CheapStage.NAME);
        return started(
                ServiceProcess.program(ChaosWorker.class.getName(), arguments, Map.of(), LOGS.resolve(name + ".log")));
    }

    private ServiceProcess started(ServiceProcess process) throws IOException {
        processes.add(process);
        return process.start();
    }

    private Map<String, String> settings() {
        return new HashMap<>(Map.of(
                "kafka.bootstrap.servers",
                kafka.bootstrapServers(),
                "millrace.store.endpoint",
                s3.endpoint().toString(),
                "millrace.store.access-key",
                "tester",
                "millrace.store.secret-key",
                "tester-secret",
                "millrace.store.bucket",
                BUCKET,
                "millrace.store.cache-dir",
                folder.resolve("cache").toString()));
    }

    /** The example's network, and a quarter of its validation data. */
    private void upload() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        for (String name : List.of("dataset.json", "000.npz")) {
            Files.copy(EXAMPLE.resolve("data/validation").resolve(name), data.resolve(name));
        }
        try (ObjectStore store = new ObjectStore(
                new StoreSettings(s3.endpoint(), "tester", "tester-secret", "us-east-1", Set.of(BUCKET)))) {
            store.put("s3://" + BUCKET + "/in/model.onnx", EXAMPLE.resolve("model.onnx"));
            store.putFolder("s3://" + BUCKET + "/in/data/", data);
        }
    }

    private String submit() throws Exception {
        String job = """
                name: killed-services
                model: s3://millrace/in/model.onnx
                data: {calibration: s3://millrace/in/data/, validation: s3://millrace/in/data/}
                objective: {metric: top1, max-drop: 0.01, mac-ratio: 0.99}
                recipe:
                  - stage: {name: cheap, parameters: {number: 1, part-millis: 3000}}
                """;
        HttpRequest post = HttpRequest.newBuilder(uri("/api/jobs"))
                .header("Content-Type", "application/yaml")
                .POST(BodyPublishers.ofString(job))
                .build();
        // 503 while the orchestrator is still reading what it knows of earlier jobs.
        HttpResponse<String> response = await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> http.send(post, BodyHandlers.ofString()), answer -> answer.statusCode() != 503);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        JsonNode answer = Json.mapper().readTree(response.body());
        return answer.elements().next().asText();
    }

    private boolean ended(String job) throws Exception {
        try {
            return statusOf("/api/jobs/" + job) == 200 && status(job).phase().ended();
        } catch (IOException e) {
            return false;
        }
    }

    private JobStatus status(String job) throws Exception {
        return Json.mapper().readValue(get("/api/jobs/" + job).body(), JobStatus.class);
    }

    private int statusOf(String path) throws InterruptedException {
        try {
            return get(path).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://localhost:" + port + path);
    }
}
