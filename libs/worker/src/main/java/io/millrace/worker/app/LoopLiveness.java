package io.millrace.worker.app;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Alive while the loops move, however long a task takes. */
@Liveness
@ApplicationScoped
public class LoopLiveness implements HealthCheck {
    private final WorkerApplication application;

    LoopLiveness(WorkerApplication application) {
        this.application = application;
    }

    @Override
    public HealthCheckResponse call() {
        List<String> stuck = application.stuck();
        return HealthCheckResponse.named("Stage loops")
                .status(stuck.isEmpty())
                .withData("stuck", String.join(", ", stuck))
                .build();
    }
}
