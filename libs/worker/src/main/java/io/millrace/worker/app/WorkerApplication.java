package io.millrace.worker.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.worker.Stage;
import io.millrace.worker.kafka.KafkaConnection;
import io.millrace.worker.run.Workers;
import io.quarkus.arc.ClientProxy;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs every {@link Stage} bean of the application, from its start to its end. */
@ApplicationScoped
public class WorkerApplication {
    private final ObjectStore store;
    private final ArtifactCache cache;
    private final Workers workers;
    private final Instance<Stage> stages;

    WorkerApplication(
            WorkerSettings settings,
            StoreConfiguration storeConfiguration,
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            MeterRegistry registry,
            @Any Instance<Stage> stages) {
        this.stages = stages;
        this.store = new ObjectStore(storeConfiguration.toSettings());
        this.cache = new ArtifactCache(
                store,
                storeConfiguration.cacheDir(),
                storeConfiguration.cacheSize().asLongValue());
        this.workers = new Workers(
                new Workers.Settings(
                        settings.name().orElseGet(WorkerApplication::processName),
                        storeConfiguration.bucket(),
                        settings.computePermits(),
                        settings.heartbeat(),
                        settings.recordLock(),
                        settings.shutdownWait()),
                new KafkaConnection(kafka),
                store,
                cache,
                registry);
    }

    void start(@Observes StartupEvent event) {
        List<Stage> all = stages.stream().map(ClientProxy::unwrap).toList();
        workers.start(all);
    }

    void stop(@Observes ShutdownEvent event) {
        workers.close();
        cache.close();
        store.close();
    }

    /** The local copies of stored models and data, for what shows them without a task. */
    @Produces
    @Singleton
    ArtifactCache cache() {
        return cache;
    }

    List<String> stuck() {
        return workers.stuck();
    }

    /** What keeps it from taking tasks, in words. */
    Optional<String> fault() {
        return workers.fault();
    }

    private static String processName() {
        long pid = ProcessHandle.current().pid();
        try {
            return InetAddress.getLocalHost().getHostName() + "-" + pid;
        } catch (UnknownHostException e) {
            return "worker-" + pid;
        }
    }
}
