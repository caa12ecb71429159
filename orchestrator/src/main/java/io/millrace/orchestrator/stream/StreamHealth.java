package io.millrace.orchestrator.stream;

import io.millrace.orchestrator.board.JobBoard;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/** Alive while it waits for Kafka, for a restart would not bring it sooner; ready when jobs can be seen and taken. */
@ApplicationScoped
class StreamHealth {
    private final StreamSetup setup;
    private final JobBoard board;

    StreamHealth(StreamSetup setup, JobBoard board) {
        this.setup = setup;
        this.board = board;
    }

    @Produces
    @Liveness
    HealthCheck liveness() {
        return () -> HealthCheckResponse.named("Process").status(setup.alive()).build();
    }

    @Produces
    @Readiness
    HealthCheck readiness() {
        return () -> {
            HealthCheckResponseBuilder response =
                    HealthCheckResponse.named("Process").status(board.ready());
            setup.fault().ifPresent(fault -> response.withData("waits for Kafka", fault));
            return response.build();
        };
    }
}
