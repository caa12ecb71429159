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
import io.millrace.contracts.Topics;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.Broker;
import io.millrace.orchestrator.PlainWorker;
import io.millrace.orchestrator.RestAnswers;
import io.millrace.orchestrator.Started;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The whole orchestrator against a real broker, its stages played by a plain Kafka client. */
@QuarkusTest
@WithTestResource(Broker.class)
@ExtendWith(Started.class)
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
        try (PlainWorker worker = new PlainWorker(bootstrap, Stages.BUILT_IN, RestAnswers::to)) {
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
            assertThat(ended.chosen()).matches("[12]-\\d+");
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
    void whatHasNoEffectIsRefusedInTheWordsOfTheReader() {
        given().contentType("application/yaml")
                .body(("model: s3://a1b/c.onnx\ndata: {train: s3://a1b/t, validation: s3://a1b/v}\n"
                                + "recipe: [{quantize: {percentile: 99}}]")
                        .getBytes())
                .post(jobs)
                .then()
                .statusCode(400)
                .body("faults.field", hasItem("recipe[0].quantize.percentile"))
                .body(
                        "faults.message",
                        hasItem("has no effect with calibration sqnr (the default); leave it out, or set calibration to"
                                + " percentile"));
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
    void ofTwoJobsSentAtOnceWithOneKeyOneIsTaken() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (int round = 0; round < 5; round++) {
            String key = "at-once-" + round;

            List<CompletableFuture<HttpResponse<String>>> answers = Stream.of("0.5", "0.6", "0.7")
                    .map(ratio -> client.sendAsync(
                            HttpRequest.newBuilder(jobs)
                                    .header("Content-Type", "application/yaml")
                                    .header("Idempotency-Key", key)
                                    .POST(HttpRequest.BodyPublishers.ofString(JOB.replace("0.5", ratio)))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString()))
                    .toList();

            assertThat(answers.stream().map(a -> a.join().statusCode())).containsExactlyInAnyOrder(202, 422, 422);
        }
    }

    @Test
    void noWebPageCanSubmit() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (String type :
                new String[] {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", null}) {
            HttpRequest.Builder post = HttpRequest.newBuilder(jobs).POST(HttpRequest.BodyPublishers.ofString(JOB));
            if (type != null) {
                post.header("Content-Type", type);
            }
            var answer = client.send(post.build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(type).isEqualTo(415);
            assertThat(answer.body()).contains("\"type\":\"about:blank\"");
        }
        for (String origin : List.of("https://evil.example", "null", "http://localhost:1")) {
            given().contentType("application/yaml")
                    .header("Origin", origin)
                    .body(JOB.getBytes())
                    .post(jobs)
                    .then()
                    .statusCode(403)
                    .body("type", equalTo("urn:millrace:problem:foreign-origin"));
        }
        given().header("Sec-Fetch-Site", "cross-site")
                .delete(jobs + "/x")
                .then()
                .statusCode(403);
        // A name of the attacker that now leads here.
        given().header("Host", "evil.example")
                .get(jobs)
                .then()
                .statusCode(421)
                .body("type", equalTo("urn:millrace:problem:unknown-host"));
        given().header("Origin", jobs.toString().replace("/api/jobs", ""))
                .delete(jobs + "/nobody")
                .then()
                .statusCode(404);
    }

    @Test
    void everyErrorIsAProblemWithAType() {
        String root = jobs.toString().replace("/api/jobs", "");
        String long_ = "name: " + "x".repeat(1 << 20) + "\n" + JOB;
        List<Response> answers = List.of(
                given().get(root + "/api/nothing"),
                given().get(jobs + "/nobody"),
                given().delete(jobs.toString()),
                given().accept("image/png").get(jobs.toString()),
                given().queryParam("limit", "many").get(jobs),
                given().queryParam("limit", 0).get(jobs),
                given().contentType("application/json").body("{").post(jobs),
                given().contentType("application/yaml").body(long_.getBytes()).post(jobs));

        assertThat(answers).extracting(Response::statusCode).containsExactly(404, 404, 405, 406, 404, 400, 400, 413);
        assertThat(answers).allSatisfy(answer -> {
            assertThat(answer.contentType()).startsWith("application/problem+json");
            assertThat(answer.jsonPath().getString("type")).matches("about:blank|urn:millrace:problem:.*");
            assertThat(answer.jsonPath().getString("title")).isNotBlank();
            assertThat(answer.jsonPath().getInt("status")).isEqualTo(answer.statusCode());
        });
    }

    @Test
    void theListHasPages() {
        for (int i = 0; i < 5; i++) {
            submit("page-" + i, JOB);
        }
        Response first = given().queryParam("limit", 2).get(jobs);
        List<String> seen = new ArrayList<>(first.jsonPath().getList("jobId"));
        assertThat(seen).hasSize(2);

        String next = first.header("Link");
        while (next != null) {
            Response page = given().get(next.substring(next.indexOf('<') + 1, next.indexOf('>')));
            seen.addAll(page.jsonPath().getList("jobId"));
            next = page.header("Link");
        }

        assertThat(seen).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(5);
        assertThat(given().queryParam("limit", 1000).get(jobs).jsonPath().<String>getList("jobId"))
                .containsAll(seen);
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
    void aJobThatIsForgottenIsInNoListAnyMore() throws Exception {
        String location = submit("key-forgotten", JOB);
        String jobId = id(location);
        given().delete(location).then().statusCode(202);
        awaitEnd(location);
        assertThat(listed()).contains(jobId);

        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", bootstrap),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(Topics.JOB_STATUS, jobId, null)).get();
        }

        await().untilAsserted(() -> given().get(location).then().statusCode(404));
        await().untilAsserted(() -> assertThat(listed()).doesNotContain(jobId));
    }

    /** The trace of who asks goes on in the request's record, and from there into each task and event. */
    @Test
    void aTraceGoesOnFromTheRequestIntoTheTasks() {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of(
                        "bootstrap.servers", bootstrap, "group.id", "traces", "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(Topics.JOBS, Topics.tasks("evaluation")));
            String traced = submit("key-traced", JOB, "traceparent", trace);
            String untraced = submit("key-untraced", JOB, "traceparent", "what-ever");
            given().header("traceparent", trace).delete(untraced).then().statusCode(202);

            Map<String, Set<String>> traces = new HashMap<>();
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    Header header = record.headers().lastHeader("traceparent");
                    traces.computeIfAbsent(record.topic() + " " + record.key(), key -> new HashSet<>())
                            .add(header == null ? "none" : new String(header.value(), StandardCharsets.UTF_8));
                });
                assertThat(traces)
                        .containsEntry("millrace.jobs " + id(traced), Set.of(trace))
                        .containsEntry("millrace.tasks.evaluation " + id(traced), Set.of(trace))
                        .containsEntry("millrace.jobs " + id(untraced), Set.of("none", trace))
                        .containsEntry("millrace.tasks.evaluation " + id(untraced), Set.of("none"));
            });
            given().delete(traced).then().statusCode(202);
        }
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

    private List<String> listed() {
        return given().queryParam("limit", 1000).get(jobs).jsonPath().getList("jobId");
    }

    private static String id(String location) {
        return location.substring(location.lastIndexOf('/') + 1);
    }

    private String submit(String key, String job) {
        return submit(key, job, "X-None", "");
    }

    private String submit(String key, String job, String header, String value) {
        return given().contentType("application/yaml")
                .header("Idempotency-Key", key)
                .header(header, value)
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
