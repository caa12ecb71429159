package io.millrace.worker.run;

import io.millrace.contracts.Reminder;
import io.millrace.contracts.event.DeadLetter;
import io.millrace.contracts.task.Task;
import io.millrace.worker.kafka.KafkaConnection;
import io.millrace.worker.kafka.TaskEvents;
import io.millrace.worker.kafka.TaskFences;
import io.millrace.worker.kafka.TaskQueue;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Takes one task after the other from a stage's queue, on a thread of its own, until it is closed. */
public final class StageLoop implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(StageLoop.class);
    private static final long PAUSE_MILLIS = 1000;
    private static final Duration REMIND = Duration.ofSeconds(30);
    private static final Duration TOO_LONG = Duration.ofMinutes(2);

    private final LoopSettings settings;
    private final KafkaConnection connection;
    private final TaskEvents events;
    private final TaskFences fences;
    private final LeaseKeeper leases;
    private final ComputePermits permits;
    private final Surroundings surroundings;
    private final TaskRunner runner;
    private final LoopMetrics metrics;
    private final Reminder reminder = new Reminder(LOG::warn, REMIND);
    private final Thread thread;

    private Optional<String> lastFault = Optional.empty();
    private volatile boolean closing;
    private volatile Attempt current;
    private volatile long lastMove = System.nanoTime();

    /**
     * @param stage whose queue it serves
     * @param worker name of this worker in events
     * @param recordLock how long a taken record stays ours until it is accepted
     * @param shutdownWait how long a task may take to stop when the loop is closed
     */
    public record LoopSettings(String stage, String worker, Duration recordLock, Duration shutdownWait) {}

    StageLoop(
            LoopSettings settings,
            KafkaConnection connection,
            TaskEvents events,
            TaskFences fences,
            LeaseKeeper leases,
            ComputePermits permits,
            Surroundings surroundings,
            TaskRunner runner,
            LoopMetrics metrics) {
        this.settings = settings;
        this.connection = connection;
        this.events = events;
        this.fences = fences;
        this.leases = leases;
        this.permits = permits;
        this.surroundings = surroundings;
        this.runner = runner;
        this.metrics = metrics;
        this.thread = new Thread(this::run, "millrace-" + settings.stage());
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    String stage() {
        return settings.stage();
    }

    /** Whether the loop lives: it looked for a task lately, or works while its lease is kept. Not the task's age. */
    boolean alive() {
        Duration still = current == null ? Duration.ofNanos(System.nanoTime() - lastMove) : leases.sinceTick();
        return thread.isAlive() && still.compareTo(TOO_LONG) < 0;
    }

    /** Stops, giving the current task back if there is one. */
    @Override
    public void close() {
        closing = true;
        Attempt attempt = current;
        if (attempt != null) {
            attempt.stop(Attempt.Stop.SHUTDOWN);
        }
        try {
            thread.join(settings.shutdownWait().toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive() && attempt != null) {
            // Deep in native code: the task goes back all the same.
            attempt.released();
        }
    }

    private void run() {
        while (!closing) {
            try (TaskQueue queue = TaskQueue.open(connection, settings.stage(), settings.recordLock())) {
                LOG.debugf("Stage %s waits for tasks at %s", settings.stage(), connection.bootstrapServers());
                reminder.over("Stage " + settings.stage() + " takes tasks again");
                while (!closing) {
                    lastMove = System.nanoTime();
                    if (permits.awaitFree(PAUSE_MILLIS) && able()) {
                        queue.poll().ifPresent(taken -> take(queue, taken));
                    }
                }
            } catch (RuntimeException e) {
                reminder.say("Stage " + settings.stage() + " cannot take tasks, trying again: " + e.getMessage());
                lastMove = System.nanoTime();
                pause();
            } catch (InterruptedException e) {
                LOG.debugf("Stage %s was interrupted", settings.stage());
            }
        }
    }

    /** Whether a task could be done now; waits a moment if not. */
    private boolean able() {
        Optional<String> fault = surroundings.fault();
        if (!fault.equals(lastFault)) {
            fault.ifPresentOrElse(
                    reason -> LOG.warnf("Stage %s takes no tasks: %s", settings.stage(), reason),
                    () -> LOG.infof("Stage %s takes tasks again", settings.stage()));
            lastFault = fault;
        }
        if (fault.isPresent()) {
            pause();
        }
        return fault.isEmpty();
    }

    private void take(TaskQueue queue, TaskQueue.Taken taken) {
        if (taken.message() instanceof Task task) {
            take(queue, taken, task);
        } else {
            events.publish(unreadable(taken));
            queue.reject(taken);
        }
    }

    private void take(TaskQueue queue, TaskQueue.Taken taken, Task task) {
        if (closing) {
            queue.release(taken);
            return;
        }
        if (fences.obsolete(task, settings.worker())) {
            queue.accept(taken);
            return;
        }
        Attempt attempt = new Attempt(task, settings.worker(), events, taken.traceParent());
        attempt.claimed();
        if (!queue.accept(taken)) {
            LOG.debugf("Task %s was handed to another worker meanwhile", task.id());
            return;
        }
        current = attempt;
        leases.keep(attempt);
        try {
            if (closing) {
                attempt.stop(Attempt.Stop.SHUTDOWN);
            }
            runWithPermit(attempt);
        } finally {
            leases.drop(attempt);
            current = null;
        }
    }

    private void runWithPermit(Attempt attempt) {
        try {
            if (!permits.acquire(attempt::unwanted)) {
                metrics.ended(attempt.task().action(), runner.giveUp(attempt));
                return;
            }
        } catch (InterruptedException e) {
            metrics.ended(attempt.task().action(), runner.giveUp(attempt));
            return;
        }
        try {
            metrics.run(attempt.task().action(), () -> runner.run(attempt));
        } finally {
            permits.release();
        }
    }

    private DeadLetter unreadable(TaskQueue.Taken taken) {
        if (taken.message() instanceof DeadLetter letter) {
            return letter;
        }
        String found = taken.message() == null
                ? "an empty record"
                : taken.message().getClass().getSimpleName();
        String job = taken.message() == null ? "" : taken.message().jobId();
        return new DeadLetter(job, taken.record().topic(), "a task is wanted here, not " + found, Map.of(), "");
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
