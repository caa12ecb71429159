package io.millrace.orchestrator.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.InvalidJobException;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobSpecReader.Addresses;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.JobBoard;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Jobs over HTTP: submit, look, cancel. */
@Path("/api/jobs")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "jobs")
public class JobsResource {
    private static final Duration VISIBLE_WITHIN = Duration.ofSeconds(5);

    private final JobSpecReader reader = new JobSpecReader(Addresses.STORED);
    private final JobRequests requests;
    private final JobBoard board;

    JobsResource(JobRequests requests, JobBoard board) {
        this.requests = requests;
        this.board = board;
    }

    @POST
    @Consumes({MediaType.APPLICATION_JSON, "application/yaml", "application/x-yaml", "text/yaml", MediaType.TEXT_PLAIN})
    @Operation(
            summary = "Submits a job",
            description = "The body is a job specification in JSON or YAML. The same Idempotency-Key submits it once.")
    @APIResponse(responseCode = "202", description = "Accepted; Location tells where to look")
    @APIResponse(
            responseCode = "400",
            description = "The specification is at fault; faults by field",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    @APIResponse(
            responseCode = "422",
            description = "The Idempotency-Key was used for another specification",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    public Response submit(@HeaderParam("Idempotency-Key") String key, String body) {
        JsonNode tree = parsed(body);
        JobSpec spec = checked(tree);
        String jobId = JobIds.of(spec.name(), key);
        Optional<JobStatus> existing = board.find(jobId);
        if (existing.isPresent() && !spec.equals(existing.get().spec())) {
            throw Problem.exception(
                    "Unprocessable Content",
                    422,
                    "Idempotency-Key was used for another specification, of job " + jobId + "; use a new key",
                    null);
        }
        if (existing.isEmpty()) {
            requests.send(new JobEvent.Submitted(jobId, tree));
            awaitVisible(jobId);
        }
        return Response.accepted(new Submission(jobId))
                .location(URI.create("/api/jobs/" + jobId))
                .build();
    }

    @GET
    @Operation(summary = "Lists jobs, newest first")
    public List<JobSummary> list(@QueryParam("limit") @DefaultValue("100") int limit) {
        return board.all(JobSummary::of).stream()
                .sorted(Comparator.comparing(JobSummary::submittedAt).reversed())
                .limit(Math.max(0, limit))
                .toList();
    }

    @GET
    @Path("{id}")
    @Operation(summary = "Shows the whole state of a job")
    public JobStatus status(@PathParam("id") String id) {
        return board.find(id)
                .orElseThrow(() -> Problem.exception(Response.Status.NOT_FOUND, "there is no job \"" + id + "\""));
    }

    @GET
    @Path("{id}/candidates")
    @Operation(summary = "Lists the candidates of a job, in order of making")
    public List<JobStatus.Candidate> candidates(@PathParam("id") String id) {
        return status(id).candidates();
    }

    @POST
    @Path("{id}/cancel")
    @Consumes(MediaType.WILDCARD)
    @Operation(summary = "Cancels a job", description = "A job that has ended stays as it is.")
    public Response cancel(@PathParam("id") String id, @QueryParam("reason") String reason) {
        if (!status(id).phase().ended()) {
            requests.send(new JobEvent.CancelRequested(id, reason));
        }
        return Response.accepted(new Submission(id))
                .location(URI.create("/api/jobs/" + id))
                .build();
    }

    @DELETE
    @Path("{id}")
    @Operation(summary = "Cancels a job")
    public Response delete(@PathParam("id") String id) {
        return cancel(id, null);
    }

    /** @param jobId under which the job is found from now on */
    public record Submission(String jobId) {}

    private static JsonNode parsed(String body) {
        try {
            return JobSpecReader.parse(body == null ? "" : body);
        } catch (InvalidJobException e) {
            throw atFault(e);
        }
    }

    private JobSpec checked(JsonNode tree) {
        try {
            return reader.read(tree);
        } catch (InvalidJobException e) {
            throw atFault(e);
        }
    }

    private static jakarta.ws.rs.WebApplicationException atFault(InvalidJobException e) {
        String detail = e.faults().size() == 1
                ? "the job has a fault: " + e.faults().get(0)
                : "the job has " + e.faults().size() + " faults";
        return Problem.exception("The job is at fault", 400, detail, e.faults());
    }

    /** So that whoever follows Location finds the job; it is accepted in any case. */
    private void awaitVisible(String jobId) {
        long until = System.nanoTime() + VISIBLE_WITHIN.toNanos();
        try {
            while (board.find(jobId).isEmpty() && System.nanoTime() < until) {
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
