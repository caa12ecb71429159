package io.millrace.orchestrator.rest;

import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.Record;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.eclipse.microprofile.reactive.messaging.Channel;

/** Puts users' wishes into {@code millrace.jobs}. */
@ApplicationScoped
class JobRequests {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final MutinyEmitter<Record<String, Message>> emitter;

    JobRequests(@Channel("jobs") MutinyEmitter<Record<String, Message>> emitter) {
        this.emitter = emitter;
    }

    /** Returns when the broker has it; throws if it does not answer in time. */
    void send(JobEvent.Request request) {
        emitter.send(Record.<String, Message>of(request.jobId(), request))
                .await()
                .atMost(TIMEOUT);
    }
}
