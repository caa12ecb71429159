package io.millrace.orchestrator.rest;

import io.millrace.artifacts.StoreException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import io.millrace.orchestrator.board.JobBoard.BoardNotReadyException;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.security.AuthenticationFailedException;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** How failures are answered, whoever they come from. */
class ProblemMappers {
    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);
    private static final int RETRY_AFTER_SECONDS = 2;

    private volatile boolean stopping;

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
    }

    @ServerExceptionMapper
    Response refused(ProblemException e) {
        return answer(e.problem());
    }

    @ServerExceptionMapper
    Response starting(BoardNotReadyException e) {
        return answer(Problem.of(Kind.STARTING, e.getMessage()));
    }

    @ServerExceptionMapper
    Response store(StoreException e) {
        return answer(Problem.of(
                switch (e.reason()) {
                    case NOT_FOUND -> Kind.NOT_FOUND;
                    case REFUSED -> Kind.BAD_REQUEST;
                    case CHANGED -> Kind.CONTENT_MISMATCH;
                    case TOO_LARGE -> Kind.TOO_LARGE;
                    case ACCESS_DENIED, UNAVAILABLE -> Kind.STORE_AWAY;
                    case LOCAL_DISK -> Kind.INTERNAL;
                },
                e.getMessage()));
    }

    @ServerExceptionMapper
    Response unauthenticated(AuthenticationFailedException e) {
        return answer(Problem.of(Kind.UNAUTHENTICATED, "the bearer token is not valid here: " + e.getMessage()));
    }

    /** What the framework refuses: unknown paths, methods, media types. */
    @ServerExceptionMapper
    Response framework(WebApplicationException e) {
        Response given = e.getResponse();
        if (given.hasEntity()) {
            return given;
        }
        Response.StatusType status = given.getStatusInfo();
        return Response.fromResponse(given)
                .type(Problem.MEDIA_TYPE)
                .entity(Problem.ofStatus(status.getStatusCode(), status.getReasonPhrase(), e.getMessage()))
                .build();
    }

    /** A fault of ours: the log has it, the answer says where. What fails because everything ends is no fault. */
    @ServerExceptionMapper
    Response unexpected(Exception e) {
        if (stopping) {
            return answer(Problem.of(Kind.STARTING, "this instance is stopping; try again"));
        }
        String number = UUID.randomUUID().toString();
        LOG.errorf(e, "A request failed (%s)", number);
        return answer(Problem.of(Kind.INTERNAL, "unexpected; the server's log tells more under " + number));
    }

    static Response answer(Problem problem) {
        Response.ResponseBuilder response =
                Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(problem);
        if (problem.status() == 503) {
            response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        if (problem.status() == 401) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        return response.build();
    }
}
