package io.millrace.orchestrator.rest;

import io.millrace.contracts.job.Fault;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.List;

/**
 * Why a request was refused (RFC 9457).
 *
 * @param title what kind of problem
 * @param detail what is wrong here, and the way out
 * @param faults of a job specification, by field; {@code null} for other problems
 */
public record Problem(String title, int status, String detail, List<Fault> faults) {
    public static final String MEDIA_TYPE = "application/problem+json";

    static WebApplicationException exception(Response.Status status, String detail) {
        return exception(status.getReasonPhrase(), status.getStatusCode(), detail, null);
    }

    static WebApplicationException exception(String title, int status, String detail, List<Fault> faults) {
        return new WebApplicationException(
                detail,
                Response.status(status)
                        .type(MEDIA_TYPE)
                        .entity(new Problem(title, status, detail, faults))
                        .build());
    }
}
