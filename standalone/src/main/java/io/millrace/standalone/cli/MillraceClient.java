package io.millrace.standalone.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.JobSummary;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The REST API of an installation, as Java. Errors the server explains come out as {@link UserException}. */
public final class MillraceClient {
    private final ObjectMapper json = Json.mapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI server;

    public MillraceClient(URI server) {
        this.server = server;
    }

    /** Submits a job and gives its id; waits a while for an installation that is still starting. */
    public String submit(JsonNode spec) throws IOException, InterruptedException {
        HttpRequest.Builder post = request("/api/jobs")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json.writeValueAsString(spec)));
        HttpResponse<String> answer = exchange(post);
        for (int tries = 0; answer.statusCode() == 503 && tries < 60; tries++) {
            Thread.sleep(500);
            answer = exchange(post);
        }
        expectSuccess(answer);
        String location = answer.headers()
                .firstValue("Location")
                .orElseThrow(() -> new IOException(server + " accepted the job without saying where it is"));
        return location.substring(location.lastIndexOf('/') + 1);
    }

    /** The job's state; empty while the installation has not seen it yet. */
    public Optional<JobStatus> status(String jobId) throws IOException, InterruptedException {
        HttpResponse<String> answer = exchange(request("/api/jobs/" + jobId).GET());
        if (answer.statusCode() == 404) {
            return Optional.empty();
        }
        return Optional.of(json.readValue(expectSuccess(answer).body(), JobStatus.class));
    }

    /** The job's state. @throws UserException if there is no such job */
    public JobStatus requireStatus(String jobId) throws IOException, InterruptedException {
        return status(jobId)
                .orElseThrow(() -> new UserException(
                        "there is no job " + jobId + " at " + server + "; `millrace status` lists those it knows"));
    }

    public List<JobSummary> jobs() throws IOException, InterruptedException {
        return json.readValue(send(request("/api/jobs").GET()).body(), new TypeReference<>() {});
    }

    public void cancel(String jobId) throws IOException, InterruptedException {
        send(request("/api/jobs/" + jobId + "/cancel").POST(BodyPublishers.noBody()));
    }

    /** Saves the report of an ended job: {@code report.html} or {@code report.json}. */
    public void saveReport(String jobId, String name, Path file) throws IOException, InterruptedException {
        HttpRequest get = request("/api/jobs/" + jobId + "/" + name).GET().build();
        HttpResponse<Path> answer = http.send(get, BodyHandlers.ofFile(file));
        if (answer.statusCode() != 200) {
            throw new IOException("no " + name + " for job " + jobId + ": HTTP " + answer.statusCode());
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofSeconds(30));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return expectSuccess(exchange(request));
    }

    private HttpResponse<String> exchange(HttpRequest.Builder request) throws IOException, InterruptedException {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (ConnectException e) {
            throw new UserException(
                    "nothing answers at " + server + ": start it with `millrace up`, or name another with --server", e);
        }
    }

    private HttpResponse<String> expectSuccess(HttpResponse<String> answer) {
        if (answer.statusCode() / 100 != 2) {
            throw new UserException(explain(answer));
        }
        return answer;
    }

    /** The server's own words (RFC 9457), with every fault on its own line. */
    private String explain(HttpResponse<String> answer) {
        try {
            JsonNode problem = json.readTree(answer.body());
            StringBuilder text = new StringBuilder(
                    problem.path("detail").asText(problem.path("title").asText("HTTP " + answer.statusCode())));
            for (JsonNode fault : problem.path("faults")) {
                text.append("\n  ")
                        .append(fault.path("field").asText())
                        .append(": ")
                        .append(fault.path("message").asText());
            }
            return text.toString();
        } catch (IOException e) {
            return server + " answered HTTP " + answer.statusCode();
        }
    }
}
