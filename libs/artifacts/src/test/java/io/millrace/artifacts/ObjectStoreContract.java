package io.millrace.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.artifacts.StoreException.Reason;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.FailureKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What any S3 server must do for Millrace; one subclass per server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ObjectStoreContract {
    static final String BUCKET = "contract";

    @TempDir
    static Path data;

    @TempDir
    Path folder;

    ObjectStore store;
    private String base;

    /** Endpoint and credentials of the server under test. */
    abstract StoreSettings server();

    /** Starts the server under test. */
    abstract void start() throws Exception;

    /** Stops it. */
    abstract void stop();

    @BeforeAll
    void connect() throws Exception {
        start();
        store = new ObjectStore(server());
        store.createBuckets();
        base = "s3://" + BUCKET + "/" + UUID.randomUUID() + "/";
    }

    @AfterAll
    void disconnect() {
        if (store != null) {
            store.close();
        }
        stop();
    }

    @Test
    void aBucketThatIsMissingIsNoStoreThatIsReady() {
        // given
        StoreSettings server = server();
        StoreSettings two = new StoreSettings(
                server.endpoint(), server.accessKey(), server.secretKey(), server.region(), Set.of(BUCKET, "missing"));

        // when, then: one that a task may name or not does not matter to the others
        try (ObjectStore other = new ObjectStore(two)) {
            other.checkReachable(BUCKET);
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> other.checkReachable("missing"))
                    .withMessageContaining("no bucket 'missing'");
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> other.resolve(Artifact.unresolved("s3://missing/model.onnx")))
                    .withMessageContaining("The bucket of s3://missing/model.onnx does not exist")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.INVALID_INPUT));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000, 40_000_000})
    void returnsWhatWasPut(int size) throws IOException {
        // given
        Path file = file("model.onnx", size);

        // when
        Artifact put = store.put(base + "model.onnx", file);
        Artifact got = store.get(Artifact.unresolved(put.uri()), folder.resolve("copy"));

        // then
        assertThat(folder.resolve("copy")).hasSameBinaryContentAs(file);
        assertThat(got).isEqualTo(put);
        assertThat(put.sha256()).isEqualTo(Sha256.of(file));
        assertThat(put.size()).isEqualTo(size);
        assertThat(store.resolve(Artifact.unresolved(put.uri()))).isEqualTo(put);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000, 40_000_000})
    void aStreamIsStoredOnlyIfItIsWhatWasAnnounced(int size) throws IOException {
        // given
        Path file = file("streamed.onnx", size);
        String sha256 = Sha256.of(file);
        ObjectStreams streams = store.streams();
        String uri = base + "streamed-" + size;

        // then wrong content, of the same or another size, is never seen
        for (byte[] wrong : List.of(new byte[size], new byte[size + 1], new byte[Math.max(0, size - 1)])) {
            if (wrong.length > 0 || size > 0) {
                assertThatExceptionOfType(StoreException.class)
                        .isThrownBy(() -> streams.put(uri, new ByteArrayInputStream(wrong), size, sha256))
                        .withMessageContaining(uri + " was not stored")
                        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.CHANGED));
            }
        }
        assertThat(streams.find(uri)).isEmpty();

        // when it is right
        try (InputStream in = Files.newInputStream(file)) {
            streams.put(uri, in, size, sha256);
        }
        streams.copy(uri, uri + "-copy", sha256);

        // then it can be read, in part as well
        Artifact stored = new Artifact(uri, sha256, size);
        assertThat(streams.find(uri)).contains(stored);
        assertThat(store.resolve(Artifact.unresolved(uri + "-copy")).sha256()).isEqualTo(sha256);
        byte[] all = Files.readAllBytes(file);
        if (size > 10) {
            try (InputStream part = streams.open(uri, 7, 3L);
                    InputStream rest = streams.open(uri, size - 2, null)) {
                assertThat(part.readAllBytes()).isEqualTo(Arrays.copyOfRange(all, 7, 10));
                assertThat(rest.readAllBytes()).isEqualTo(Arrays.copyOfRange(all, size - 2, size));
            }
        }
    }

    @Test
    void aSignedAddressNeedsNoKeys() throws Exception {
        // given
        Path file = file("signed.onnx", 100_000);
        HttpClient http = HttpClient.newHttpClient();
        try (PresignedUrls urls = new PresignedUrls(server(), Duration.ofMinutes(1))) {
            // when
            int written = http.send(
                            HttpRequest.newBuilder(urls.toWrite(base + "signed"))
                                    .PUT(HttpRequest.BodyPublishers.ofFile(file))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            byte[] read = http.send(
                            HttpRequest.newBuilder(urls.toRead(base + "signed")).build(),
                            HttpResponse.BodyHandlers.ofByteArray())
                    .body();

            // then
            assertThat(written).isEqualTo(200);
            assertThat(read).isEqualTo(Files.readAllBytes(file));
            URI unsigned = URI.create(urls.toRead(base + "signed").toString().replaceAll("X-Amz-Signature=.*", ""));
            assertThat(http.send(HttpRequest.newBuilder(unsigned).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isBetween(400, 403);
        }
    }

    @Test
    void noticesThatTheContentHasChanged() throws IOException {
        // given
        Artifact old = store.put(base + "model.onnx", file("old", 100));
        store.put(base + "model.onnx", file("new", 101));

        // then
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.get(old, folder.resolve("copy")))
                .withMessageContaining(old.uri())
                .withMessageContaining("has changed")
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.CHANGED));
    }

    @Test
    void namesWhatIsMissing() {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.get(Artifact.unresolved(base + "none.onnx"), folder.resolve("copy")))
                .withMessage("There is no object at " + base + "none.onnx.")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.INVALID_INPUT));
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.resolve(Artifact.unresolved(base + "none.onnx")))
                .withMessage("There is no object at " + base + "none.onnx.");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.resolve(Artifact.unresolved(base + "none/")))
                .withMessage("There is no object under " + base + "none/.");
        assertThat(store.exists(base + "none.onnx")).isFalse();
        assertThat(store.documents().get(base + "none.json", Map.class)).isEmpty();
    }

    @Test
    void createsADocumentOnceHoweverManyTry() throws Exception {
        // given
        ExecutorService threads = Executors.newFixedThreadPool(4);

        // when
        List<Future<Boolean>> tries = IntStream.range(0, 8)
                .mapToObj(i -> threads.submit(() -> store.documents().create(base + "result.json", Map.of("by", i))))
                .toList();

        // then
        int winner = -1;
        for (int i = 0; i < tries.size(); i++) {
            if (tries.get(i).get()) {
                assertThat(winner).as("one winner only").isEqualTo(-1);
                winner = i;
            }
        }
        assertThat(store.documents().get(base + "result.json", Map.class).orElseThrow())
                .isEqualTo(Map.of("by", winner));
        threads.shutdown();
    }

    @Test
    void replacesAndDeletesDocuments() {
        store.documents().put(base + "a.json", Map.of("n", 1));
        store.documents().put(base + "a.json", Map.of("n", 2));
        assertThat(store.documents().get(base + "a.json", Map.class).orElseThrow())
                .isEqualTo(Map.of("n", 2));

        store.delete(base + "a.json");
        store.delete(base + "a.json");
        assertThat(store.exists(base + "a.json")).isFalse();
    }

    @Test
    void resolvesAFolderByTheContentOfItsFiles() throws IOException {
        // given the same two files under two addresses
        Path data = Files.createDirectories(folder.resolve("data/deep"));
        Files.write(data.resolve("b.npz"), new byte[] {1});
        Files.write(data.getParent().resolve("a.npz"), new byte[] {2, 3});

        // when
        Artifact first = store.putFolder(base + "one/", data.getParent());
        Artifact second = store.putFolder(base + "two/", data.getParent());

        // then
        assertThat(first.sha256()).isEqualTo(second.sha256());
        assertThat(first.size()).isEqualTo(3);
        assertThat(store.resolve(Artifact.unresolved(base + "one/"))).isEqualTo(first);
        assertThat(store.list(base + "one/")).extracting(StoredObject::name).containsExactly("a.npz", "deep/b.npz");

        // and when a file is renamed
        store.put(base + "two/c.npz", data.resolve("b.npz"));
        store.delete(base + "two/deep/b.npz");
        assertThat(store.resolve(Artifact.unresolved(base + "two/")).sha256()).isNotEqualTo(first.sha256());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://elsewhere/x",
                "s3://contract/../elsewhere/x",
                "s3://contract/a/../b",
                "s3://contract//x",
                "s3://contract/",
                "s3://contract",
                "/etc/passwd",
                "http://contract/x",
                "s3:///x",
                "s3://contract/a\u0000b",
                "s3://contract/a\\..\\b"
            })
    void refusesAddressesOutsideItsBuckets(String uri) {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.get(Artifact.unresolved(uri), folder.resolve("copy")))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.INVALID_INPUT));
    }

    @Test
    void saysThatItIsNotLetIn() {
        StoreSettings server = server();
        try (ObjectStore stranger = new ObjectStore(
                new StoreSettings(server.endpoint(), server.accessKey(), "guessed", server.region(), Set.of(BUCKET)))) {
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> stranger.get(Artifact.unresolved(base + "x"), folder.resolve("copy")))
                    .withMessageContaining("check access key and secret key")
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.ACCESS_DENIED));
        }
    }

    @Test
    void saysThatTheServerIsAway() {
        try (ObjectStore nowhere = new ObjectStore(
                new StoreSettings(URI.create("http://127.0.0.1:1"), "a", "b", "us-east-1", Set.of(BUCKET)))) {
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> nowhere.resolve(Artifact.unresolved(base + "x")))
                    .withMessageContaining("http://127.0.0.1:1")
                    .withMessageContaining(base + "x")
                    .withMessageContaining("check that it runs")
                    .withMessageContaining("MILLRACE_STORE_ENDPOINT")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.TRANSIENT));
        }
    }

    Path file(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(folder.resolve(name), bytes);
    }
}
