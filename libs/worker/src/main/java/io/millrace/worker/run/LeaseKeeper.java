package io.millrace.worker.run;

import io.millrace.worker.kafka.TaskFences;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Keeps the leases of all attempts of this JVM from a thread of its own: heartbeats, however silent the stage, and the
 * look whether they are still wanted.
 */
public final class LeaseKeeper implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(LeaseKeeper.class);
    private static final long TICK_MILLIS = 200;
    private static final long REPORT_MILLIS = 500;

    private final TaskFences fences;
    private final long heartbeatMillis;
    private final Map<Attempt, Long> lastHeartbeat = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "millrace-leases");
        thread.setDaemon(true);
        return thread;
    });
    private volatile long lastTick = System.nanoTime();

    /** @param heartbeat longest silence; progress is told sooner */
    public LeaseKeeper(TaskFences fences, Duration heartbeat) {
        this.fences = fences;
        this.heartbeatMillis = heartbeat.toMillis();
        timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    void keep(Attempt attempt) {
        lastHeartbeat.put(attempt, System.nanoTime());
    }

    void drop(Attempt attempt) {
        lastHeartbeat.remove(attempt);
    }

    /** How long ago the keeper looked at its leases. */
    Duration sinceTick() {
        return Duration.ofNanos(System.nanoTime() - lastTick);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    private void tick() {
        lastTick = System.nanoTime();
        for (Attempt attempt : lastHeartbeat.keySet()) {
            try {
                look(attempt);
            } catch (RuntimeException e) {
                LOG.warnf("Task %s: no heartbeat: %s", attempt.task().id(), e.getMessage());
            }
        }
    }

    private void look(Attempt attempt) {
        if (fences.obsolete(attempt.task(), attempt.worker())) {
            attempt.stop(Attempt.Stop.OBSOLETE);
            return;
        }
        long silent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastHeartbeat.getOrDefault(attempt, 0L));
        if (silent >= heartbeatMillis || silent >= REPORT_MILLIS && attempt.reportedSinceHeartbeat()) {
            lastHeartbeat.replace(attempt, System.nanoTime());
            attempt.heartbeat();
        }
    }
}
