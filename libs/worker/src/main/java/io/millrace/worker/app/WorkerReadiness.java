package io.millrace.worker.app;

import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready while tasks can be done: broker and store answer, results may be written, and there is room on the disk. */
@Readiness
@ApplicationScoped
public class WorkerReadiness implements HealthCheck {
    private static final int LIMIT_MILLIS = 2_000;

    private final WorkerApplication application;
    private final Map<String, Object> kafka;
    private Admin admin;

    WorkerReadiness(WorkerApplication application, @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this.application = application;
        this.kafka = new HashMap<>(kafka);
        this.kafka.remove("group.id");
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("Broker and object store").up();
        try {
            admin().describeCluster(new DescribeClusterOptions().timeoutMs(LIMIT_MILLIS))
                    .clusterId()
                    .get(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            response.down().withData("broker", String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            response.down();
        }
        application.fault().ifPresent(reason -> response.down().withData("store", reason));
        return response.build();
    }

    @PreDestroy
    synchronized void close() {
        if (admin != null) {
            admin.close();
        }
    }

    private synchronized Admin admin() {
        if (admin == null) {
            admin = Admin.create(kafka);
        }
        return admin;
    }
}
