package io.millrace.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.artifacts.StoreException.Reason;
import io.millrace.contracts.Artifact;
import io.millrace.embedded.EmbeddedS3;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactCacheTest {
    private static final int MEGABYTE = 1 << 20;

    private static EmbeddedS3 s3;
    private static ObjectStore store;

    @TempDir
    Path folder;

    private ArtifactCache cache;

    @BeforeAll
    static void start(@TempDir Path data) {
        s3 = EmbeddedS3.start(data, 0, new EmbeddedS3.Credentials("tester", "tester-secret"), "models");
        store = new ObjectStore(
                new StoreSettings(s3.endpoint(), "tester", "tester-secret", "us-east-1", Set.of("models")));
    }

    @AfterAll
    static void stop() {
        store.close();
        s3.close();
    }

    @BeforeEach
    void open() {
        cache = new ArtifactCache(store, folder.resolve("cache"), 3 * MEGABYTE);
    }

    @Test
    void fetchesOnceHoweverManyAsk() throws Exception {
        // given
        Artifact model = stored("once.onnx", MEGABYTE);
        ExecutorService threads = Executors.newFixedThreadPool(8);

        // when
        List<Future<Path>> asked = IntStream.range(0, 16)
                .mapToObj(i -> threads.submit(() -> cache.fetch(model).path()))
                .toList();

        // then
        Path path = asked.get(0).get();
        for (Future<Path> other : asked) {
            assertThat(other.get()).isEqualTo(path);
        }
        assertThat(path).hasFileName("once.onnx");
        assertThat(Sha256.of(path)).isEqualTo(model.sha256());
        threads.shutdown();
    }

    @Test
    void dropsWhatWasUsedLongestAgoAndKeepsWhatIsInUse() throws IOException {
        // given a cache that is full with a (in use), b and c
        Artifact a = stored("a", MEGABYTE);
        Artifact b = stored("b", MEGABYTE);
        Artifact c = stored("c", MEGABYTE);
        ArtifactCache.Held held = cache.fetch(a);
        Path pathB = fetchAndClose(b);
        Path pathC = fetchAndClose(c);
        fetchAndClose(b);

        // when
        fetchAndClose(stored("d", MEGABYTE));

        // then
        assertThat(held.path()).exists();
        assertThat(pathB).exists();
        assertThat(pathC).doesNotExist();
        assertThat(sizeOf(folder)).isLessThanOrEqualTo(3 * MEGABYTE);

        // and what was dropped comes back
        assertThat(Sha256.of(fetchAndClose(c))).isEqualTo(c.sha256());
    }

    @Test
    void findsItsCopiesAgainAfterARestart() throws IOException {
        // given
        Artifact model = stored("kept.onnx", 1000);
        Path path = fetchAndClose(model);
        cache.close();
        store.delete(model.uri());

        // when
        try (ArtifactCache again = new ArtifactCache(store, folder.resolve("cache"), MEGABYTE)) {
            // then
            assertThat(again.fetch(model).path()).isEqualTo(path);
        }
    }

    @Test
    void givesEachProcessItsOwnFolder() throws IOException {
        try (ArtifactCache second = new ArtifactCache(store, folder.resolve("cache"), MEGABYTE)) {
            Artifact model = stored("both.onnx", 10);
            assertThat(second.fetch(model).path())
                    .isNotEqualTo(cache.fetch(model).path());
        }
    }

    @Test
    void fetchesAgainWhatACleanerHasTaken() throws IOException {
        // given
        Artifact model = stored("cleaned.onnx", 1000);
        Path path = fetchAndClose(model);

        // when a part is gone, and when a whole folder is
        Files.delete(path);
        Path again = fetchAndClose(model);
        Files.delete(again);
        Files.delete(again.getParent());
        Path oncemore = fetchAndClose(model);

        // then
        assertThat(Sha256.of(oncemore)).isEqualTo(model.sha256());
        fetchAndClose(stored("others.onnx", 3 * MEGABYTE - 10));
    }

    @Test
    void readsNothingOfWhatCanNeverFit() throws IOException {
        // given an object that nobody has recorded a digest of
        Artifact large = stored("large.onnx", 4 * MEGABYTE);

        // then
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> cache.resolve(Artifact.unresolved(large.uri())))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
    }

    @Test
    void copiesFolders() throws IOException {
        // given
        Path data = Files.createDirectories(folder.resolve("data/part"));
        Files.writeString(data.resolve("x.npz"), "x");
        Files.writeString(data.getParent().resolve("dataset.json"), "{}");
        Artifact artifact = store.putFolder("s3://models/sets/tiny/", data.getParent());

        // when
        Path copy = cache.fetch(Artifact.unresolved(artifact.uri())).path();

        // then
        assertThat(copy.resolve("part/x.npz")).hasContent("x");
        assertThat(copy.resolve("dataset.json")).hasContent("{}");
    }

    @Test
    void noticesAFolderThatHasChanged() throws IOException {
        // given
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("x.npz"), "x");
        Artifact artifact = store.putFolder("s3://models/sets/changing/", data);
        Files.writeString(data.resolve("x.npz"), "y");
        store.putFolder("s3://models/sets/changing/", data);

        // then
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> cache.fetch(artifact))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.CHANGED));
    }

    @Test
    void leavesNothingOfWhatCouldNotBeFetched() throws IOException {
        // given
        Artifact wrong = new Artifact(stored("wrong.onnx", 1000).uri(), "0".repeat(64), 1000);

        // when
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> cache.fetch(wrong));

        // then
        assertThat(sizeOf(folder.resolve("cache"))).isZero();
    }

    @Test
    void refusesWhatCanNeverFit() throws IOException {
        Artifact large = stored("large", 4 * MEGABYTE);
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> cache.fetch(large))
                .withMessageContaining("raise millrace.store.cache-size");
    }

    private Path fetchAndClose(Artifact artifact) {
        try (ArtifactCache.Held held = cache.fetch(artifact)) {
            return held.path();
        }
    }

    private Artifact stored(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(name.hashCode()).nextBytes(bytes);
        return store.put("s3://models/" + name, Files.write(folder.resolve(name), bytes));
    }

    private static long sizeOf(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root.resolve("cache").toFile().exists() ? root.resolve("cache") : root)) {
            return walk.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
