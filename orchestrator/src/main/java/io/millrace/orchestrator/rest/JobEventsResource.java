package io.millrace.orchestrator.rest;

import io.millrace.contracts.event.EventType;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.JobBoard;
import io.millrace.orchestrator.board.JobFeed;
import io.smallrye.mutiny.Multi;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestStreamElementType;

/** A job live. */
@Path("/api/jobs/{id}/events")
@Tag(name = "jobs")
public class JobEventsResource {
    private final JobBoard board;
    private final JobFeed feed;

    JobEventsResource(JobBoard board, JobFeed feed) {
        this.board = board;
        this.feed = feed;
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Follows a job",
            description = "Server-sent events: the status as it is, then each new one, and news between them; the event"
                    + " name is the event type. Ends after the job's last status.")
    public Multi<OutboundSseEvent> follow(@PathParam("id") String id, @Context Sse sse) {
        if (board.find(id).isEmpty()) {
            throw Problem.exception(Response.Status.NOT_FOUND, "there is no job \"" + id + "\"");
        }
        // Subscribed before the board is asked: what comes between is seen twice rather than missed.
        Multi<Message> now =
                Multi.createFrom().items(() -> board.find(id).stream().map(Message.class::cast));
        return Multi.createBy()
                .merging()
                .streams(feed.of(id), now)
                .onItem()
                .transformToIterable(message -> isEnd(message)
                        ? List.of(Optional.of(message), Optional.<Message>empty())
                        : List.of(Optional.of(message)))
                .select()
                .first(Optional::isPresent)
                .map(message -> event(sse, message.get()));
    }

    private static boolean isEnd(Message message) {
        return message instanceof JobStatus status && status.phase().ended();
    }

    private static OutboundSseEvent event(Sse sse, Message message) {
        return sse.newEventBuilder()
                .name(EventType.of(message).type())
                .mediaType(MediaType.APPLICATION_JSON_TYPE)
                .data(message.getClass(), message)
                .build();
    }
}
