package io.millrace.it.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreSettings;
import io.millrace.contracts.Json;
import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobStatus;
import io.millrace.it.TestFolders;
import io.millrace.it.process.StoreServer;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What docker-compose.yml says, started as processes: broker, object store, its set-up and every service with the
 * arguments and variables of the file. The example's reduced job goes through it, and is still there after {@code down}
 * and {@code up}. What the processes say is in target/compose/logs.
 */
class ComposeIT {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Path EXAMPLE = PROJECT.resolve("examples/fashion-mnist");
    private static final Path FOLDER = Path.of("target", "compose");
    private static final Duration START = Duration.ofSeconds(120);
    private static final Duration JOB = Duration.ofMinutes(8);

    private final HttpClient http = HttpClient.newHttpClient();
    private ComposedInstallation installation;

    @BeforeEach
    void start() throws Exception {
        for (String program : List.of("minio", "mc")) {
            assumeTrue(
                    StoreServer.program(program).isPresent(),
                    "The program '" + program + "' is not on the PATH, so the compose file is not tried; .ci/run"
                            + " installs it where Go is at hand");
        }
        installation = new ComposedInstallation(PROJECT, TestFolders.emptied(FOLDER));
        installation.up();
    }

    @AfterEach
    void stop() {
        if (installation != null) {
            installation.close();
        }
    }

    @Test
    void theSmokeJobRunsAndOutlastsDownAndUp() throws Exception {
        // given
        awaitReady();
        assertTopicsAreMadeWithTheirSettings();
        assertServicesMayNotDoMoreThanTheyMust();
        ObjectNode job = uploadedSmokeJob();

        // when
        String id = submit(job);

        // then
        await("the smoke job ends")
                .atMost(JOB)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> status(id).phase().ended());
        JobStatus before = status(id);
        assertThat(before.phase()).as(before.reason()).isEqualTo(JobStatus.Phase.COMPLETED);
        assertThat(before.chosen()).isNotNull();
        assertThat(installation.volume("kafka").resolve("meta.properties")).exists();
        new MetricNames(PROJECT).assertServed(this::metrics, installation.compose());

        // and when everything is taken down and started again
        installation.down();
        installation.up();
        awaitReady();

        // then
        await("the job is known")
                .atMost(START)
                .until(() -> get("/api/jobs/" + id).statusCode() == 200);
        assertThat(status(id)).isEqualTo(before);
        JobStatus.Candidate chosen = before.candidates().stream()
                .filter(candidate -> candidate.id().equals(before.chosen()))
                .findFirst()
                .orElseThrow();
        try (ObjectStore store = store("MILLRACE_STORE_ACCESS_KEY", "MILLRACE_STORE_SECRET_KEY")) {
            store.get(chosen.model(), FOLDER.resolve("chosen.onnx"));
        }
    }

    private void awaitReady() {
        installation.compose().services().stream()
                .filter(ComposeFile.Service::built)
                .forEach(service -> await(service.name() + " is ready")
                        .atMost(START)
                        .ignoreExceptions()
                        .until(() -> send(service.name(), "/q/health/ready").statusCode() == 200));
    }

    private void assertTopicsAreMadeWithTheirSettings() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", installation.kafkaFromHere()))) {
            Map<String, TopicSettings> wanted =
                    TopicSettings.all().stream().collect(Collectors.toMap(TopicSettings::name, Function.identity()));
            var descriptions =
                    admin.describeTopics(wanted.keySet()).allTopicNames().get();
            List<ConfigResource> resources = wanted.keySet().stream()
                    .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                    .toList();
            var configurations = admin.describeConfigs(resources).all().get();
            wanted.forEach((name, settings) -> {
                assertThat(descriptions.get(name).partitions()).as(name).hasSize(settings.partitions());
                var found = configurations.get(new ConfigResource(ConfigResource.Type.TOPIC, name));
                settings.configuration()
                        .forEach((key, value) -> assertThat(found.get(key).value())
                                .as(name + " " + key)
                                .isEqualTo(value));
            });
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
            assertThat(admin.describeConfigs(List.of(broker))
                            .all()
                            .get()
                            .get(broker)
                            .get("auto.create.topics.enable")
                            .value())
                    .isEqualTo("false");
        }
    }

    /** The services' user reaches its bucket and no other. */
    private void assertServicesMayNotDoMoreThanTheyMust() {
        Map<String, String> variables =
                installation.compose().service("svd-service").environment();
        Map<String, String> root = installation.compose().service("s3").environment();
        assertThat(variables.values()).doesNotContain(root.get("MINIO_ROOT_USER"), root.get("MINIO_ROOT_PASSWORD"));
        StoreSettings other = new StoreSettings(
                URI.create(installation.reached("http://s3:9000")),
                variables.get("MILLRACE_STORE_ACCESS_KEY"),
                variables.get("MILLRACE_STORE_SECRET_KEY"),
                "us-east-1",
                Set.of("other"));
        try (ObjectStore store = new ObjectStore(other)) {
            org.assertj.core.api.Assertions.assertThatThrownBy(store::createBuckets)
                    .hasMessageContaining("other");
        }
    }

    /** The example's reduced job, its files in the store. */
    private ObjectNode uploadedSmokeJob() throws Exception {
        ObjectNode job = (ObjectNode) JobSpecReader.parse(Files.readString(EXAMPLE.resolve("smoke.yaml")));
        try (ObjectStore store = store("MILLRACE_STORE_ACCESS_KEY", "MILLRACE_STORE_SECRET_KEY")) {
            String model = "s3://millrace/in/model.onnx";
            store.put(model, EXAMPLE.resolve(job.get("model").asText()));
            job.put("model", model);
            ObjectNode data = (ObjectNode) job.get("data");
            for (Map.Entry<String, JsonNode> role : Set.copyOf(data.properties())) {
                String folder = role.getValue().asText();
                String uri = "s3://millrace/in/" + folder + "/";
                store.putFolder(uri, EXAMPLE.resolve(folder));
                data.put(role.getKey(), uri);
            }
        }
        return job;
    }

    private ObjectStore store(String accessKey, String secretKey) {
        Map<String, String> variables =
                installation.compose().service("svd-service").environment();
        return new ObjectStore(new StoreSettings(
                URI.create(installation.reached(variables.get("MILLRACE_STORE_ENDPOINT"))),
                variables.get(accessKey),
                variables.get(secretKey),
                "us-east-1",
                Set.of("millrace")));
    }

    private String submit(ObjectNode job) throws Exception {
        HttpRequest post = HttpRequest.newBuilder(uri("orchestrator", "/api/jobs"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(job.toString()))
                .build();
        HttpResponse<String> response = await().atMost(START)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> http.send(post, BodyHandlers.ofString()), answer -> answer.statusCode() != 503);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        return Json.mapper().readTree(response.body()).elements().next().asText();
    }

    private JobStatus status(String job) throws Exception {
        return Json.mapper().readValue(get("/api/jobs/" + job).body(), JobStatus.class);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("orchestrator", path);
    }

    private String metrics(String service) {
        try {
            return send(service, "/q/metrics").body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> send(String service, String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri(service, path)).build(), BodyHandlers.ofString());
    }

    private URI uri(String service, String path) {
        return URI.create("http://" + installation.address(service) + ":8080" + path);
    }
}
