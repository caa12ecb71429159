package io.millrace.orchestrator.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.Topics;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.orchestrator.Broker;
import io.millrace.orchestrator.PlainWorker;
import io.millrace.orchestrator.RestAnswers;
import io.millrace.orchestrator.Started;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A record that passed our own look at its size, and that a real broker does not take: its job ends, the others go on. */
@QuarkusTest
@WithTestResource(Broker.class)
@ExtendWith(Started.class)
class OversizedRecordsTest {
    private static final ConfigResource QUEUE =
            new ConfigResource(ConfigResource.Type.TOPIC, Topics.tasks(Stages.EVALUATION));

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap;

    @Test
    void aRecordThatTheBrokerRefusesEndsItsJobAndNoOther() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            // given
            String usual = admin.describeConfigs(List.of(QUEUE))
                    .all()
                    .get()
                    .get(QUEUE)
                    .get("max.message.bytes")
                    .value();
            limit(admin, "1500");
            try (PlainWorker worker = new PlainWorker(bootstrap, Stages.BUILT_IN, RestAnswers::to)) {
                // when
                String large = submit(incompressible(900));
                List<String> others =
                        IntStream.range(0, 4).mapToObj(i -> submit("a" + i)).toList();

                // then
                JobStatus failed = awaitEnd(large);
                assertThat(failed.phase()).isEqualTo(Phase.FAILED);
                assertThat(failed.reason()).contains("a record of the job for millrace.tasks.evaluation is too large");
                assertThat(others.stream().map(OversizedRecordsTest::awaitEnd).map(JobStatus::phase))
                        .containsOnly(Phase.COMPLETED);
            } finally {
                limit(admin, usual);
            }
        }
    }

    private static void limit(Admin admin, String bytes) throws Exception {
        AlterConfigOp change = new AlterConfigOp(new ConfigEntry("max.message.bytes", bytes), OpType.SET);
        admin.incrementalAlterConfigs(Map.of(QUEUE, List.of(change))).all().get();
    }

    private static String submit(String name) {
        String job = """
                model: s3://models/%s.onnx
                data: {train: s3://data/1%s, calibration: s3://data/2%s, validation: s3://data/3%s}
                recipe: svd-cp-int8
                mac-ratio: 0.5
                """.formatted(name, name, name, new StringBuilder(name).reverse());
        String key = UUID.randomUUID().toString();
        Callable<Response> post = () -> given().contentType("application/yaml")
                .header("Idempotency-Key", key)
                .body(job.getBytes())
                .post("/api/jobs");
        // Until its thread has begun again it says 409: taken, and not to be seen yet.
        return await().atMost(Duration.ofSeconds(60))
                .until(post, answer -> answer.statusCode() == 202)
                .header("Location");
    }

    private static String incompressible(int length) {
        return new Random(1)
                .ints(length, 0, 26)
                .mapToObj(i -> String.valueOf((char) ('a' + i)))
                .collect(Collectors.joining());
    }

    private static JobStatus awaitEnd(String location) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> read(location).phase().ended());
        return read(location);
    }

    private static JobStatus read(String location) {
        try {
            return Json.mapper()
                    .readValue(
                            given().get(location)
                                    .then()
                                    .statusCode(200)
                                    .extract()
                                    .asString(),
                            JobStatus.class);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
