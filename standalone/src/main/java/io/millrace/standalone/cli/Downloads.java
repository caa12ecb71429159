package io.millrace.standalone.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import io.millrace.artifacts.Sha256;
import io.millrace.orchestrator.rest.JobFilesResource.Named;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;

/** Takes a job's files home: each is verified, and one that broke off goes on where it was, also in a later run. */
final class Downloads {
    private static final int TRIES = 5;
    private static final int PARTIAL = 206;

    private final Http http;
    private final String job;

    Downloads(Http http, String job) {
        this.http = http;
        this.job = job;
    }

    List<Named> list() throws IOException, InterruptedException {
        return http.json(http.request(job + "/files").GET(), new TypeReference<>() {});
    }

    /** Saves a model of the job. */
    void model(Named model, Path target) throws IOException, InterruptedException {
        Path part = target.resolveSibling("." + target.getFileName() + "."
                + String.valueOf(model.sha256()).substring(0, 4) + ".part");
        for (int attempt = 1; ; attempt++) {
            try {
                fetch(job + "/files/" + encoded(model.name()), part);
                break;
            } catch (IOException e) {
                if (attempt == TRIES || Interruption.happened()) {
                    throw new IOException("%s could not be fetched: %s".formatted(model.name(), e.getMessage()), e);
                }
                Thread.sleep(Duration.ofSeconds(attempt).toMillis());
            }
        }
        if (model.sha256() != null && !model.sha256().equals(Sha256.of(part))) {
            Files.delete(part);
            throw new UserException(
                    model.name() + " did not arrive as it left (its sha256 is not " + model.sha256() + "); try again");
        }
        Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Saves {@code report.html} or {@code report.json}. */
    void report(String name, Path target) throws IOException, InterruptedException {
        byte[] report = http.expectSuccess(
                        http.exchange(http.request(job + "/" + name).GET()))
                .body();
        Files.write(target, report);
    }

    private void fetch(String path, Path part) throws IOException, InterruptedException {
        long there = Files.exists(part) ? Files.size(part) : 0;
        HttpResponse<InputStream> answer = open(http.request(path), there);
        try (InputStream body = answer.body()) {
            if (answer.statusCode() == 416) {
                return; // all of it is there
            }
            if (answer.statusCode() / 100 != 2) {
                throw new UserException("%s: HTTP %d %s"
                        .formatted(
                                path,
                                answer.statusCode(),
                                new String(body.readNBytes(1000), java.nio.charset.StandardCharsets.UTF_8)));
            }
            StandardOpenOption how =
                    answer.statusCode() == PARTIAL ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
            try (OutputStream out =
                    Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
                body.transferTo(out);
            }
        }
    }

    /** From here, or from the store itself, to which our token is not shown. */
    private HttpResponse<InputStream> open(HttpRequest.Builder request, long there)
            throws IOException, InterruptedException {
        if (there > 0) {
            request.header("Range", "bytes=" + there + "-");
        }
        HttpResponse<InputStream> answer = http.send(request.GET().build(), BodyHandlers.ofInputStream());
        if (answer.statusCode() != 307) {
            return answer;
        }
        answer.body().close();
        HttpRequest.Builder direct = HttpRequest.newBuilder(
                URI.create(answer.headers().firstValue("Location").orElseThrow()));
        if (there > 0) {
            direct.header("Range", "bytes=" + there + "-");
        }
        return http.send(direct.build(), BodyHandlers.ofInputStream());
    }

    private static String encoded(String name) {
        return name.replace("%", "%25").replace(" ", "%20").replace("#", "%23").replace("?", "%3F");
    }
}
