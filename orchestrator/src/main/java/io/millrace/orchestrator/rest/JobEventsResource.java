package io.millrace.orchestrator.rest;

import io.millrace.contracts.ProblemException;
import io.millrace.contracts.event.EventType;
import io.millrace.orchestrator.board.Follower;
import io.millrace.orchestrator.board.JobBoard;
import io.millrace.orchestrator.board.JobFeed;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestStreamElementType;

/** A job live. */
@Path("/api/jobs/{id}/events")
@Tag(name = "jobs")
public class JobEventsResource {
    private static final String MISSED = "io.millrace.stream.missed.v1";

    private final JobBoard board;
    private final JobFeed feed;

    JobEventsResource(JobBoard board, JobFeed feed) {
        this.board = board;
        this.feed = feed;
    }

    @GET
    @Blocking
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Follows a job",
            description = "Server-sent events: the status as it is, then each new one, and news between them; the event"
                    + " name is the event type. A client that is too slow is told how many news it missed"
                    + " (io.millrace.stream.missed.v1) and gets the newest status. Ends after the job's last status.")
    public Multi<OutboundSseEvent> follow(@PathParam("id") String id, @Context Sse sse) {
        if (board.find(id).isEmpty()) {
            throw ProblemException.noJob(id);
        }
        return feed.of(id).map(update -> event(sse, update));
    }

    private static OutboundSseEvent event(Sse sse, Follower.Update update) {
        if (update instanceof Follower.Said said) {
            return event(sse, EventType.of(said.message()).type(), said.message());
        }
        return event(sse, MISSED, update);
    }

    private static OutboundSseEvent event(Sse sse, String name, Object data) {
        return sse.newEventBuilder()
                .name(name)
                .mediaType(MediaType.APPLICATION_JSON_TYPE)
                .data(data.getClass(), data)
                .build();
    }
}
