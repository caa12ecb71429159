package io.millrace.orchestrator.rest;

import io.millrace.contracts.Json;
import io.millrace.orchestrator.board.JobBoard.BoardNotReadyException;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** How exceptions and records are written. */
class ProblemMappers {

    @ServerExceptionMapper
    Response starting(BoardNotReadyException e) {
        return Response.fromResponse(Problem.exception(Response.Status.SERVICE_UNAVAILABLE, e.getMessage())
                        .getResponse())
                .header("Retry-After", 2)
                .build();
    }

    @Produces
    @Singleton
    com.fasterxml.jackson.databind.ObjectMapper mapper() {
        return Json.mapper();
    }
}
