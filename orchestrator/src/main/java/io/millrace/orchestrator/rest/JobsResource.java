package io.millrace.orchestrator.rest;

import io.millrace.contracts.Problem;
import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.JobBoard;
import io.millrace.orchestrator.board.JobSummaries;
import io.millrace.orchestrator.board.JobSummary;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Jobs over HTTP: submit, look, cancel. */
@Path("/api/jobs")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "jobs")
public class JobsResource {
    private static final int LARGEST_SPECIFICATION = 1 << 20;
    private static final int LONGEST_PAGE = 1000;
    private static final String TRACE_PARENT = "traceparent";

    private final Submissions submissions;
    private final JobRequests requests;
    private final JobBoard board;
    private final JobSummaries summaries;

    JobsResource(Submissions submissions, JobRequests requests, JobBoard board, JobSummaries summaries) {
        this.submissions = submissions;
        this.requests = requests;
        this.board = board;
        this.summaries = summaries;
    }

    /** Not as text/plain, nor without a type: that is what a foreign page in a browser may send unasked. */
    @POST
    @Consumes({MediaType.APPLICATION_JSON, "application/yaml", "application/x-yaml", "text/yaml"})
    @Operation(
            summary = "Submits a job",
            description = "The body is a job specification in JSON or YAML. The same Idempotency-Key submits it once.")
    @APIResponse(responseCode = "202", description = "Accepted; Location tells where to look")
    @APIResponse(
            responseCode = "400",
            description = "The specification is at fault; faults by field",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    @APIResponse(responseCode = "409", description = "The job of the Idempotency-Key is in work; send the same again")
    @APIResponse(responseCode = "413", description = "The specification has more than 1 MiB")
    @APIResponse(responseCode = "422", description = "The Idempotency-Key was used for another specification")
    @APIResponse(responseCode = "503", description = "Kafka does not answer, or this instance is still starting")
    public Response submit(
            @HeaderParam("Idempotency-Key") String key,
            @HeaderParam(TRACE_PARENT) String traceParent,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String type,
            @Context SecurityIdentity who,
            @RequestBody(
                            content =
                                    @Content(
                                            schema =
                                                    @Schema(
                                                            type =
                                                                    org.eclipse.microprofile.openapi.annotations.enums
                                                                            .SchemaType.OBJECT)))
                    InputStream body) {
        if (type == null) {
            throw new NotSupportedException("Content-Type is missing; use application/json or application/yaml");
        }
        String text = Bodies.text(body, LARGEST_SPECIFICATION, "a job specification");
        String user = who.isAnonymous() ? "" : who.getPrincipal().getName();
        return accepted(submissions.submit(text, key, user, traceParent));
    }

    @GET
    @Operation(
            summary = "Lists jobs, newest first",
            description = "A page of at most `limit` (1000) jobs; the Link header with rel=\"next\" leads to the next.")
    public Response list(
            @QueryParam("limit") @DefaultValue("100") int limit,
            @QueryParam("after") String after,
            @Context UriInfo uri) {
        if (limit < 1 || limit > LONGEST_PAGE) {
            throw new ProblemException(Kind.BAD_REQUEST, "limit must be from 1 to " + LONGEST_PAGE);
        }
        List<JobSummary> page = summaries.page(after, limit);
        Response.ResponseBuilder response = Response.ok(page);
        if (page.size() == limit) {
            String last = page.get(limit - 1).jobId();
            response.link(
                    uri.getRequestUriBuilder().replaceQueryParam("after", last).build(), "next");
        }
        return response.build();
    }

    @GET
    @Path("{id}")
    @Operation(summary = "Shows the whole state of a job")
    public JobStatus status(@PathParam("id") String id) {
        return board.find(id).orElseThrow(() -> ProblemException.noJob(id));
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
    public Response cancel(
            @PathParam("id") String id,
            @QueryParam("reason") String reason,
            @HeaderParam(TRACE_PARENT) String traceParent) {
        if (!status(id).phase().ended()) {
            requests.send(new JobEvent.CancelRequested(id, reason), traceParent);
        }
        return accepted(id);
    }

    @DELETE
    @Path("{id}")
    @Operation(summary = "Cancels a job")
    public Response delete(@PathParam("id") String id, @HeaderParam(TRACE_PARENT) String traceParent) {
        return cancel(id, null, traceParent);
    }

    /** @param jobId under which the job is found from now on */
    public record Submission(String jobId) {}

    private static Response accepted(String jobId) {
        return Response.accepted(new Submission(jobId))
                .location(URI.create("/api/jobs/" + jobId))
                .build();
    }
}
