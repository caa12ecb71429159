package io.millrace.orchestrator.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;

import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.Answers;
import io.millrace.orchestrator.Broker;
import io.millrace.orchestrator.PlainWorker;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** The whole orchestrator against a real broker, its stages played by a plain Kafka client. */
@QuarkusTest
@WithTestResource(Broker.class)
class JobsOverRestTest {
    private static final String JOB = """
            name: LeNet, half
            model: s3://models/lenet.onnx
            data: {train: s3://data/train, validation: s3://data/test}
            recipe: svd-cp-int8
            mac-ratio: 0.5
            """;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap;

    @TestHTTPResource("/api/jobs")
    URI jobs;

    @Test
    void aJobRunsToItsEnd() throws Exception {
        try (PlainWorker worker = new PlainWorker(bootstrap, Stages.BUILT_IN, Answers::to)) {
            String location = given().contentType("application/yaml")
                    .body(JOB.getBytes())
                    .post(jobs)
                    .then()
                    .statusCode(202)
                    .header("Location", containsString("/api/jobs/lenet-half-"))
                    .extract()
                    .header("Location");

            JobStatus ended = awaitEnd(location);

            assertThat(ended.phase()).isEqualTo(JobStatus.Phase.COMPLETED);
            assertThat(ended.objectiveMet()).as(ended.reason()).isTrue();
            assertThat(ended.chosen()).startsWith("2-");
            assertThat(ended.chosenQuantized()).startsWith("3-");
            assertThat(ended.originalModel().resolved()).isTrue();
            given().get(location + "/candidates").then().statusCode(200).body("size()", greaterThan(5));
            given().get(jobs).then().statusCode(200).body("name", hasItem("LeNet, half"));
        }
    }

    @Test
    void everyFaultIsAnsweredAtOnce() {
        given().contentType("application/json")
                .body("{\"recipe\": [], \"objective\": {\"mac-ratio\": 1.5}}")
                .post(jobs)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("faults.field", hasItems("model", "recipe", "objective.mac-ratio", "data"));
    }

    @Test
    void theSameKeySubmitsOnce() {
        String first = submit("key-1", JOB);

        assertThat(submit("key-1", JOB)).isEqualTo(first);
        given().contentType("application/yaml")
                .header("Idempotency-Key", "key-1")
                .body(JOB.replace("0.5", "0.6").getBytes())
                .post(jobs)
                .then()
                .statusCode(422)
                .contentType("application/problem+json");
    }

    @Test
    void aCancelledJobEndsAndItsFollowersAreTold() throws Exception {
        String location = submit("key-2", JOB);
        HttpClient client = HttpClient.newHttpClient();
        var following = client.sendAsync(
                HttpRequest.newBuilder(URI.create(location + "/events"))
                        .header("Accept", "text/event-stream")
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        given().delete(location).then().statusCode(202);

        assertThat(awaitEnd(location).phase()).isEqualTo(JobStatus.Phase.CANCELLED);
        assertThat(following.get(30, TimeUnit.SECONDS).body())
                .contains("event:io.millrace.job.status.v1")
                .contains("\"phase\":\"CANCELLED\"");
    }

    @Test
    void anUnknownJobIsAProblem() {
        for (String path : List.of("", "/candidates", "/events")) {
            given().get(jobs + "/nobody" + path)
                    .then()
                    .statusCode(404)
                    .body("detail", equalTo("there is no job \"nobody\""));
        }
    }

    @Test
    void itTellsItsHealthItsInterfaceAndItsFigures() {
        String root = jobs.toString().replace("/api/jobs", "");
        given().get(root + "/q/health/ready").then().statusCode(200);
        given().get(root + "/q/openapi").then().statusCode(200).body(containsString("/api/jobs/{id}/events"));
        await().untilAsserted(() -> given().get(root + "/q/metrics")
                .then()
                .statusCode(200)
                .body(containsString("millrace_jobs_running"))
                .body(containsString("millrace_leases_lost_total")));
    }

    private String submit(String key, String job) {
        return given().contentType("application/yaml")
                .header("Idempotency-Key", key)
                .body(job.getBytes())
                .post(jobs)
                .then()
                .statusCode(202)
                .extract()
                .header("Location");
    }

    private static JobStatus awaitEnd(String location) throws Exception {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> read(location).phase().ended());
        return read(location);
    }

    private static JobStatus read(String location) throws Exception {
        String json = given().get(location).then().statusCode(200).extract().asString();
        return Json.mapper().readValue(json, JobStatus.class);
    }
}
