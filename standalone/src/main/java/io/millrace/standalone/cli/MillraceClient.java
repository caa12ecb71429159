package io.millrace.standalone.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.JobSummary;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The REST API of an installation, as Java. Errors the server explains come out as {@link UserException}. */
public final class MillraceClient {
    private static final int PAGE = 1000;

    private final Http http;

    /** @param token for an installation that asks for one; may be {@code null} */
    public MillraceClient(URI server, String token) {
        this.http = new Http(server, token);
    }

    /** Submits a job and gives its id; the key makes trying again safe. */
    public String submit(JsonNode spec) throws IOException, InterruptedException {
        return http.json(
                        http.request("/api/jobs")
                                .header("Content-Type", "application/json")
                                .header("Idempotency-Key", UUID.randomUUID().toString())
                                .POST(BodyPublishers.ofString(Json.mapper().writeValueAsString(spec))),
                        new TypeReference<Submission>() {})
                .jobId();
    }

    private record Submission(String jobId) {}

    /** The job's state; empty while the installation has not seen it yet. */
    public Optional<JobStatus> status(String jobId) throws IOException, InterruptedException {
        return http.find(http.request("/api/jobs/" + encoded(jobId)).GET(), new TypeReference<>() {});
    }

    /** The job's state. @throws UserException if there is no such job */
    public JobStatus requireStatus(String jobId) throws IOException, InterruptedException {
        return status(jobId)
                .orElseThrow(() -> new UserException("there is no job " + jobId + " at " + http.server()
                        + "; `millrace status` lists those it knows"));
    }

    /** All jobs, newest first. */
    public List<JobSummary> jobs() throws IOException, InterruptedException {
        List<JobSummary> jobs = new ArrayList<>();
        String after = "";
        List<JobSummary> page;
        do {
            page = http.json(http.request("/api/jobs?limit=" + PAGE + after).GET(), new TypeReference<>() {});
            jobs.addAll(page);
            after = page.isEmpty()
                    ? ""
                    : "&after=" + encoded(page.get(page.size() - 1).jobId());
        } while (page.size() == PAGE);
        return jobs;
    }

    public void cancel(String jobId) throws IOException, InterruptedException {
        http.expectSuccess(http.exchange(
                http.request("/api/jobs/" + encoded(jobId) + "/cancel").POST(BodyPublishers.noBody())));
    }

    /** Local files on their way in. */
    Uploads uploads() {
        return new Uploads(http);
    }

    /** A job's files on their way out. */
    Downloads downloads(String jobId) {
        return new Downloads(http, "/api/jobs/" + encoded(jobId));
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
