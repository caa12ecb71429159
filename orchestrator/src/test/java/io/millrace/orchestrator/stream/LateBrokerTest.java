package io.millrace.orchestrator.stream;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.Topics;
import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.Ports;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An orchestrator that is there before its broker, before topics that can carry jobs, and without a store. */
@QuarkusTest
@WithTestResource(LateBrokerTest.Nowhere.class)
class LateBrokerTest {
    private static final String JOB = """
            {"model": "s3://millrace/a.onnx", "data": {"train": "s3://millrace/d/", "validation": "s3://millrace/d/"},
             "recipe": "svd-cp-int8", "mac-ratio": 0.5}
            """;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap;

    @Test
    void itWaitsIsAliveButNotReadyAndBeginsByItself(@TempDir Path folder) throws Exception {
        // given no broker
        await().untilAsserted(() -> given().get("/q/health/ready")
                .then()
                .statusCode(503)
                .body(containsString("waits for Kafka"))
                .body(containsString(bootstrap))
                .body(containsString("does not answer")));
        given().get("/q/health/live").then().statusCode(200);
        assertThat(submit().statusCode()).isEqualTo(503);

        int port = Integer.parseInt(bootstrap.substring(bootstrap.indexOf(':') + 1));
        try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, port);
                Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            // when it comes, with a topic that somebody made by the broker's defaults
            TopicSettings wanted = TopicSettings.all().stream()
                    .filter(topic -> topic.name().equals(Topics.JOB_STATUS))
                    .findFirst()
                    .orElseThrow();
            admin.createTopics(Set.of(new NewTopic(Topics.JOB_STATUS, Optional.of(4), Optional.empty())))
                    .all()
                    .get();

            // then it says what is wrong with it, and is alive
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> given().get("/q/health/ready")
                    .then()
                    .statusCode(503)
                    .body(containsString("millrace.job-status has cleanup.policy=delete, must be compact"))
                    .body(containsString("max.message.bytes"))
                    .body(containsString("auto-creation")));
            given().get("/q/health/live").then().statusCode(200);

            // when the topic is mended
            ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, Topics.JOB_STATUS);
            List<AlterConfigOp> changes = wanted.configuration().entrySet().stream()
                    .map(setting -> new AlterConfigOp(
                            new ConfigEntry(setting.getKey(), setting.getValue()), AlterConfigOp.OpType.SET))
                    .toList();
            admin.incrementalAlterConfigs(Map.of(topic, changes)).all().get();

            // then
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
            given().get("/q/health/live").then().statusCode(200);
            String location = submit().then().statusCode(202).extract().header("Location");
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> given().get(location).then().statusCode(200).body("phase", equalTo("RUNNING")));
        }
    }

    private static Response submit() {
        return given().contentType("application/json").body(JOB).post("/api/jobs");
    }

    /** Addresses where nobody listens yet. */
    public static class Nowhere implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            return Map.of(
                    "kafka.bootstrap.servers", "localhost:" + Ports.claim(0, "a broker to come"),
                    "millrace.store.endpoint", "http://localhost:" + Ports.claim(0, "no store"),
                    "millrace.orchestrator.state-dir",
                            "target/late-broker-" + ProcessHandle.current().pid(),
                    "quarkus.http.test-port", "0");
        }

        @Override
        public void stop() {}
    }
}
