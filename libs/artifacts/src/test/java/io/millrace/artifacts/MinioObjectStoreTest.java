package io.millrace.artifacts;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Against a real MinIO server; skipped where no {@code minio} program is at hand. */
class MinioObjectStoreTest extends ObjectStoreContract {
    private Process minio;
    private URI endpoint;

    @Override
    void start() throws Exception {
        Optional<Path> program = program();
        assumeTrue(program.isPresent(), "no minio program: set MILLRACE_MINIO or put it on the PATH");
        int port = freePort();
        endpoint = URI.create("http://127.0.0.1:" + port);
        ProcessBuilder server = new ProcessBuilder(
                        program.get().toString(), "server", data.toString(), "--address", "127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        server.environment().put("MINIO_ROOT_USER", "tester");
        server.environment().put("MINIO_ROOT_PASSWORD", "tester-secret");
        minio = server.start();
        awaitReady(Instant.now().plusSeconds(30));
    }

    @Override
    void stop() {
        if (minio != null) {
            minio.destroyForcibly().onExit().join();
        }
    }

    @Override
    StoreSettings server() {
        return new StoreSettings(endpoint, "tester", "tester-secret", "us-east-1", Set.of(BUCKET));
    }

    private static Optional<Path> program() {
        Stream<String> named = Stream.ofNullable(System.getenv("MILLRACE_MINIO"));
        Stream<String> onPath = Stream.of(System.getenv("PATH").split(":")).map(folder -> folder + "/minio");
        Stream<String> installed = Stream.of(System.getProperty("user.home") + "/go/bin/minio");
        return Stream.of(named, onPath, installed)
                .flatMap(paths -> paths)
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady(Instant deadline) throws Exception {
        HttpRequest live =
                HttpRequest.newBuilder(endpoint.resolve("/minio/health/live")).build();
        while (Instant.now().isBefore(deadline)) {
            try {
                if (HttpClient.newHttpClient()
                                .send(live, BodyHandlers.discarding())
                                .statusCode()
                        == 200) {
                    return;
                }
            } catch (IOException e) {
                // not listening yet
            }
            Thread.sleep(100);
        }
        throw new IllegalStateException("minio was not ready in time");
    }
}
