package io.millrace.orchestrator.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.artifacts.Sha256;
import io.millrace.artifacts.StoredObject;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.Broker;
import io.millrace.orchestrator.PlainWorker;
import io.millrace.orchestrator.RestAnswers;
import io.millrace.orchestrator.Started;
import io.millrace.orchestrator.files.Blobs;
import io.millrace.orchestrator.files.Store;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Users' files in, results out, through REST alone. */
@QuarkusTest
@WithTestResource(Broker.class)
@ExtendWith(Started.class)
class FilesOverRestTest {
    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap;

    @TestHTTPResource("/")
    URI server;

    @Inject
    Store store;

    @Test
    void aFolderIsMadeOfWhatWasUploaded() {
        byte[] small = bytes(1, 1000);
        byte[] empty = {};
        List<StoredObject> files = List.of(stored("a.npz", small), stored("sub/b.npz", small), stored("none", empty));
        String digest = Sha256.ofListing(files);

        // content is missing
        given().get(server + "api/folders/" + digest).then().statusCode(404);
        folder(digest, files).then().statusCode(409).body("type", equalTo("urn:millrace:problem:content-missing"));

        // it comes, and a folder is made of it
        upload(small).then().statusCode(204);
        upload(empty).then().statusCode(204);
        String uri = folder(digest, files).then().statusCode(200).extract().path("uri");
        given().get(server + "api/folders/" + digest).then().statusCode(200).body("uri", equalTo(uri));

        // the stages see exactly the folder that the user has
        Artifact seen = store.objects().resolve(Artifact.unresolved(uri));
        assertThat(seen.sha256()).isEqualTo(digest);
        given().head(server + "api/blobs/" + Sha256.of(small)).then().statusCode(404);
        folder(digest, files).then().statusCode(200);
    }

    @Test
    void contentThatIsNotWhatItIsCalledIsNeverStored() {
        byte[] content = bytes(2, 5000);
        String other = Sha256.of(bytes(3, 5000));

        given().body(content)
                .contentType("application/octet-stream")
                .put(server + "api/blobs/" + other)
                .then()
                .statusCode(422)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:millrace:problem:content-mismatch"))
                .body("detail", containsString(Sha256.of(content)));
        given().head(server + "api/blobs/" + other).then().statusCode(404);
    }

    @Test
    void anUploadThatBrokeOffGoesOn() {
        byte[] content = bytes(4, 2 * Blobs.PART_SIZE + 12345);
        String sha256 = Sha256.of(content);
        String parts = server + "api/blobs/" + sha256 + "/parts";
        String sized = parts + "?size=" + content.length;
        part(parts, content, 0);
        part(parts, content, 2);

        given().get(sized).then().statusCode(200).body("present", equalTo(List.of(0, 2)));
        given().post(sized).then().statusCode(409).body("detail", containsString("part 1 of 3"));
        part(parts, content, 1);
        given().post(sized).then().statusCode(204);

        given().head(server + "api/blobs/" + sha256)
                .then()
                .statusCode(200)
                .header("Upload-Length", equalTo(String.valueOf(content.length)));
        // joined once, the parts are gone
        given().get(sized).then().body("present", equalTo(List.of()));
    }

    @Test
    void partsThatDoNotMakeTheContentComeAnew() {
        byte[] content = bytes(5, Blobs.PART_SIZE + 10);
        String parts = server + "api/blobs/" + Sha256.of(content) + "/parts";
        part(parts, bytes(6, Blobs.PART_SIZE + 10), 0);
        part(parts, content, 1);

        given().post(parts + "?size=" + content.length).then().statusCode(422);

        given().get(parts + "?size=" + content.length).then().body("present", equalTo(List.of()));
    }

    @Test
    void hostileListsAreRefused() {
        StoredObject good = stored("a", bytes(7, 10));
        for (String name : List.of("../a", "/a", "a/../../b", "a//b", "", "a\\b", "a\nb", "x".repeat(600))) {
            List<StoredObject> files = List.of(new StoredObject(name, good.sha256(), good.size()));
            folder(Sha256.ofListing(files), files).then().statusCode(400).contentType("application/problem+json");
        }
        folder(Sha256.ofListing(List.of()), List.of()).then().statusCode(400);
        folder("0".repeat(64), List.of(good)).then().statusCode(422);
        given().contentType("application/json")
                .body("{\"name\": 1")
                .put(server + "api/folders/" + "0".repeat(64))
                .then()
                .statusCode(400);
    }

    @Test
    void largeFilesAreRefusedBeforeTheyAreRead() throws Exception {
        given().get(server + "api/blobs/" + "0".repeat(64) + "/parts?size=" + (101L << 20))
                .then()
                .statusCode(413)
                .contentType("application/problem+json");
        given().body(new byte[10 << 20])
                .put(server + "api/blobs/" + "0".repeat(64) + "/parts/0")
                .then()
                .statusCode(413);
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write("PUT /api/blobs/%s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: %d\r\n\r\n"
                            .formatted("0".repeat(64), server.getPort(), 101L << 20)
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[2000];
            int length = socket.getInputStream().read(answer);
            assertThat(new String(answer, 0, length, StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 413 ")
                    .contains("application/problem+json");
        }
    }

    @Test
    void aModelOfAJobComesOutWholeOrInPart() throws Exception {
        // given a job whose original is known
        byte[] model = bytes(8, 300_000);
        List<StoredObject> files = List.of(stored("net.onnx", model));
        upload(model);
        String uri = folder(Sha256.ofListing(files), files).then().extract().path("uri") + "net.onnx";
        try (PlainWorker worker = new PlainWorker(bootstrap, Stages.BUILT_IN, this::baselineOnly)) {
            String job = given().contentType("application/yaml")
                    .body(("{model: '%s', data: {train: s3://data/a, validation: s3://data/b}, recipe: svd-cp-int8,"
                                    + " mac-ratio: 0.5}")
                            .formatted(uri)
                            .getBytes())
                    .post(server + "api/jobs")
                    .header("Location");
            await().until(
                            () -> given().get(job + "/files").jsonPath().getList("name"),
                            List.of("original.onnx")::equals);

            // then it is whole, in part, or refused
            String file = job + "/files/original.onnx";
            Response whole = given().get(file);
            assertThat(whole.asByteArray()).isEqualTo(model);
            assertThat(whole.header("Content-Length")).isEqualTo("300000");
            assertThat(whole.header("ETag")).isEqualTo("\"" + Sha256.of(model) + "\"");
            Response rest = given().header("Range", "bytes=299000-").get(file);
            assertThat(rest.statusCode()).isEqualTo(206);
            assertThat(rest.header("Content-Range")).isEqualTo("bytes 299000-299999/300000");
            assertThat(rest.asByteArray()).isEqualTo(Arrays.copyOfRange(model, 299_000, 300_000));
            given().header("Range", "bytes=300000-")
                    .get(file)
                    .then()
                    .statusCode(416)
                    .contentType("application/problem+json")
                    .header("Content-Range", equalTo("bytes */300000"));
            given().get(job + "/files/../../x").then().statusCode(404);
            given().get(job + "/files/other.onnx").then().statusCode(404).body("detail", containsString("other.onnx"));
        }
    }

    /** A stage that looks at the original and does nothing more. */
    private Outcome baselineOnly(Task task) {
        if (!task.action().equals("baseline")) {
            return null;
        }
        Result answer = (Result) RestAnswers.to(task);
        ((ObjectNode) answer.findings().at("/resolved/models"))
                .set(
                        "model",
                        Json.mapper()
                                .valueToTree(
                                        store.objects().resolve(task.models().get("model"))));
        return answer;
    }

    private Response folder(String digest, List<StoredObject> files) {
        return given().contentType("application/json")
                .body(Json.mapper().valueToTree(files).toString())
                .put(server + "api/folders/" + digest);
    }

    private Response upload(byte[] content) {
        return given().body(content)
                .contentType("application/octet-stream")
                .put(server + "api/blobs/" + Sha256.of(content));
    }

    private static void part(String parts, byte[] content, int number) {
        int from = number * Blobs.PART_SIZE;
        byte[] part = Arrays.copyOfRange(content, from, Math.min(content.length, from + Blobs.PART_SIZE));
        given().body(part)
                .contentType("application/octet-stream")
                .put(parts + "/" + number)
                .then()
                .statusCode(204);
    }

    private static StoredObject stored(String name, byte[] content) {
        return new StoredObject(name, Sha256.of(content), content.length);
    }

    private static byte[] bytes(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
