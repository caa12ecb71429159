package io.millrace.worker.run;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.worker.Stage;
import io.millrace.worker.kafka.KafkaConnection;
import io.millrace.worker.kafka.TaskEvents;
import io.millrace.worker.kafka.TaskFences;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The loops of all stages of this JVM, with what they share. */
public final class Workers implements AutoCloseable {
    private final Settings settings;
    private final KafkaConnection connection;
    private final ObjectStore store;
    private final ArtifactCache cache;
    private final MeterRegistry registry;
    private final TaskFences fences;
    private final LeaseKeeper leases;
    private final ComputePermits permits;
    private final Surroundings surroundings;
    private final TaskEvents events;
    private final List<StageLoop> loops = new ArrayList<>();

    /**
     * @param name of this process in events, unique among the workers
     * @param bucket where results go
     * @param computePermits how many tasks compute at a time
     * @param heartbeat longest silence about a task
     * @param recordLock how long a taken record stays ours until it is accepted
     * @param shutdownWait how long a task may take to stop
     */
    public record Settings(
            String name,
            String bucket,
            int computePermits,
            Duration heartbeat,
            Duration recordLock,
            Duration shutdownWait) {}

    public Workers(
            Settings settings,
            KafkaConnection connection,
            ObjectStore store,
            ArtifactCache cache,
            MeterRegistry registry) {
        this.settings = settings;
        this.connection = connection;
        this.store = store;
        this.cache = cache;
        this.registry = registry;
        this.fences = new TaskFences(connection);
        this.leases = new LeaseKeeper(fences, settings.heartbeat());
        this.surroundings = new Surroundings(store, settings.bucket(), settings.name(), cache.folder());
        this.permits = new ComputePermits(settings.computePermits());
        this.events = new TaskEvents(connection);
    }

    /** Starts a loop for each stage; returns at once, and waits for broker and store in the background. */
    public void start(List<Stage> stages) {
        fences.start();
        for (Stage stage : stages) {
            String worker = settings.name() + "/" + stage.name();
            StageLoop loop = new StageLoop(
                    new StageLoop.LoopSettings(stage.name(), worker, settings.recordLock(), settings.shutdownWait()),
                    connection,
                    events,
                    fences,
                    leases,
                    permits,
                    surroundings,
                    new TaskRunner(stage, worker, store, cache, settings.bucket(), surroundings),
                    new LoopMetrics(registry, stage.name()));
            loops.add(loop);
            loop.start();
        }
    }

    /** Stages whose loop has not moved for two minutes, or has died. */
    public List<String> stuck() {
        return loops.stream()
                .filter(loop -> !loop.alive())
                .map(StageLoop::stage)
                .toList();
    }

    /** What keeps this process from taking tasks, in words. */
    public Optional<String> fault() {
        return surroundings.fault();
    }

    /** Gives all tasks back and stops. */
    @Override
    public void close() {
        loops.parallelStream().forEach(StageLoop::close);
        leases.close();
        fences.close();
        events.close();
    }
}
