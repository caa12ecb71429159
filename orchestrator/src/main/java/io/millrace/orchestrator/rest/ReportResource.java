package io.millrace.orchestrator.rest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.artifacts.StoreException;
import io.millrace.artifacts.StoredFindings;
import io.millrace.contracts.ProblemException;
import io.millrace.orchestrator.board.JobBoard;
import io.millrace.orchestrator.files.Store;
import io.millrace.orchestrator.report.Report;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The evidence of a job, for people and for programs; also of one that still runs. */
@Path("/api/jobs/{id}")
@Tag(name = "jobs")
public class ReportResource {
    private final JobBoard board;
    private final StoredFindings findings;

    ReportResource(JobBoard board, Store store) {
        this.board = board;
        this.findings = new StoredFindings(store.objects());
    }

    @GET
    @Path("report.json")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "The report as JSON")
    public String json(@PathParam("id") String id) {
        return report(id).json();
    }

    @GET
    @Path("report.html")
    @Produces(MediaType.TEXT_HTML)
    @Operation(summary = "The report as one HTML page that opens offline")
    public String html(@PathParam("id") String id) {
        return report(id).html();
    }

    /** A report whose findings are no longer in the store has their summary, and says why. */
    private ObjectNode whole(ObjectNode summary) {
        try {
            return findings.whole(summary);
        } catch (StoreException e) {
            return summary.deepCopy().put("incomplete", e.getMessage());
        }
    }

    private Report report(String id) {
        return board.find(id)
                .map(job -> Report.of(job, this::whole, Instant.now()))
                .orElseThrow(() -> ProblemException.noJob(id));
    }
}
