package io.millrace.standalone.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.artifacts.Sha256;
import io.millrace.contracts.Json;
import io.millrace.embedded.Ports;
import io.millrace.standalone.launcher.Launcher.Running;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users' files on their way in and out: over REST and past it, broken off by the network and by the user. */
class FilesIT {
    private static final int LARGE = 20_000_000;
    private static final int PART = 8 << 20;

    @TempDir
    Path folder;

    @Test
    void overRestWhatBrokeOffGoesOn() throws Exception {
        Launcher launcher = new Launcher(folder.resolve("here"));
        try (Running up = launcher.start("up", "--port", "0", "--kafka-port", "0", "--s3-port", "0")) {
            up.await("Millrace is up");
            int port = Integer.parseInt(up.await("REST +http://localhost:(\\d+)"));
            try (Way way = Way.to(port)) {
                launcher.with("MILLRACE_URL", "http://localhost:" + way.port());

                assertUploadsGoOn(launcher, way, port);
                String job = submitted(launcher, QuickJob.in(folder.resolve("job")));
                launcher.run("watch", job).exits(0);
                assertDownloadsGoOn(launcher, way, job);
            }
        }
    }

    @Test
    void whereClientsReachTheStoreContentGoesPastRest() throws Exception {
        int s3 = Ports.claim(0, "S3");
        try (Way toStore = Way.to(s3)) {
            Launcher launcher = new Launcher(folder.resolve("here"))
                    .with("MILLRACE_FILES_PUBLIC_STORE", "http://127.0.0.1:" + toStore.port());
            try (Running up =
                    launcher.start("up", "--port", "0", "--kafka-port", "0", "--s3-port", Integer.toString(s3))) {
                up.await("Millrace is up");
                int port = Integer.parseInt(up.await("REST +http://localhost:(\\d+)"));
                try (Way toRest = Way.to(port)) {
                    launcher.with("MILLRACE_URL", "http://localhost:" + toRest.port());
                    Path job = QuickJob.in(folder.resolve("job"));
                    long size = sizeOf(job.getParent());

                    // when
                    String id = submitted(launcher, job);
                    launcher.run("watch", id).exits(0);

                    // then content went to the store, and only words to REST
                    assertThat(toStore.toServer().passed()).isGreaterThan(size);
                    assertThat(toRest.toServer().passed()).isLessThan(size / 2);

                    // and it comes from there
                    assertDownloadsGoOn(launcher, toStore, id);

                    // and where the way to it is closed, it is said which way
                    toStore.close();
                    Files.writeString(job.resolveSibling("data/more.txt"), "another data set");
                    launcher.run("submit", job.toString())
                            .exits(2)
                            .says("the object store at 127.0.0.1:" + toStore.port())
                            .says("MILLRACE_FILES_PUBLIC_STORE");
                }
            }
        }
    }

    /** Stopped by the user in the middle, the next submission sends what is missing. */
    private void assertUploadsGoOn(Launcher launcher, Way way, int port) throws Exception {
        Path job = QuickJob.in(folder.resolve("large"));
        byte[] noise = new byte[LARGE];
        new Random(1).nextBytes(noise);
        Path large = Files.write(job.resolveSibling("data").resolve("noise.bin"), noise);
        way.toServer().stallAfter(PART + PART / 2);
        try (Running submitting = launcher.start("submit", job.toString())) {
            await().atMost(Duration.ofSeconds(60)).until(() -> way.toServer().stalls());
            submitting.interrupt().exits(130);
        }
        way.toServer().free();
        JsonNode parts = Json.mapper()
                .readTree(HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create("http://localhost:%d/api/blobs/%s/parts?size=%d"
                                                .formatted(port, Sha256.of(large), LARGE)))
                                        .build(),
                                BodyHandlers.ofString())
                        .body());
        assertThat(parts.path("present")).hasToString("[0]");

        // and one part whose connection breaks is sent again
        long before = way.toServer().passed();
        way.toServer().breakAfter(PART / 2);
        submitted(launcher, job);

        assertThat(way.toServer().passed() - before).isBetween((long) LARGE - PART, (long) LARGE - PART / 4);
    }

    /** Broken off by the network it goes on by itself, stopped by the user in the next run. */
    private void assertDownloadsGoOn(Launcher launcher, Way way, String job) throws Exception {
        Path chosen = folder.resolve("here/out/quick/chosen.onnx");
        way.toClient().breakAfter(20_000);
        launcher.run("download", job, "--out", "out").exits(0);
        String content = Sha256.of(chosen);
        long size = Files.size(chosen);
        assertThat(size).isGreaterThan(100_000);
        Files.delete(chosen);

        way.toClient().stallAfter(size / 2);
        try (Running downloading = launcher.start("download", job, "--out", "out")) {
            await().atMost(Duration.ofSeconds(60)).until(() -> way.toClient().stalls());
            await().atMost(Duration.ofSeconds(10)).until(() -> partSize(chosen) > size / 4);
            downloading.interrupt().exits(130);
        }
        way.toClient().free();
        assertThat(chosen).doesNotExist();
        long there = partSize(chosen);
        long before = way.toClient().passed();
        launcher.run("download", job, "--out", "out").exits(0);

        assertThat(Sha256.of(chosen)).isEqualTo(content);
        long reports =
                Files.size(chosen.resolveSibling("report.html")) + Files.size(chosen.resolveSibling("report.json"));
        assertThat(way.toClient().passed() - before)
                .as("only the rest of the model, of which %d of %d bytes were there", there, size)
                .isLessThan(size - there + reports + 20_000);
    }

    private static long partSize(Path target) throws IOException {
        try (Stream<Path> files = Files.list(target.getParent())) {
            List<Path> parts =
                    files.filter(file -> file.toString().endsWith(".part")).toList();
            return parts.isEmpty() ? 0 : Files.size(parts.get(0));
        }
    }

    private static String submitted(Launcher launcher, Path job) throws Exception {
        return launcher.run("submit", job.toString())
                .exits(0)
                .out()
                .lines()
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    private static long sizeOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
