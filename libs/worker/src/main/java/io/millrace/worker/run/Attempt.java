package io.millrace.worker.run;

import io.millrace.contracts.FailureKind;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.worker.StoppedException;
import io.millrace.worker.kafka.TaskEvents;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jboss.logging.Logger;

/**
 * One attempt at a task as the outside sees it: what is said about it, and whether it is still wanted. Used by the
 * thread that works and by the one that keeps the lease.
 */
final class Attempt {
    private static final Logger LOG = Logger.getLogger(Attempt.class);
    private static final long PAUSE_MILLIS = 1000;

    /** Why an attempt is to stop. */
    enum Stop {
        /** Its job has ended, or another attempt has overtaken it. */
        OBSOLETE,
        /** The worker shuts down. */
        SHUTDOWN
    }

    private final Task task;
    private final String worker;
    private final TaskEvents events;
    private final Optional<byte[]> traceParent;

    private volatile Progress progress = Progress.of("starting", 0, 0);
    private volatile Progress published;
    private volatile Stop stop;
    private Thread interruptible;
    private boolean ended;

    Attempt(Task task, String worker, TaskEvents events, Optional<byte[]> traceParent) {
        this.task = task;
        this.worker = worker;
        this.events = events;
        this.traceParent = traceParent;
    }

    Task task() {
        return task;
    }

    String worker() {
        return worker;
    }

    void report(Progress latest) {
        progress = latest;
    }

    boolean reportedSinceHeartbeat() {
        return progress != published;
    }

    boolean unwanted() {
        return stop != null;
    }

    /** @throws StoppedException if the attempt is to stop */
    void checkWanted() {
        if (stop != null) {
            throw new StoppedException("task %s: %s".formatted(task.id(), stop));
        }
    }

    /** Asks the working thread to stop; the first reason counts. */
    synchronized void stop(Stop why) {
        if (stop == null) {
            stop = why;
            if (interruptible != null) {
                interruptible.interrupt();
            }
        }
    }

    Stop stopped() {
        return stop;
    }

    /** From now on a stop interrupts this thread, so that waiting for network or disk ends as well. */
    synchronized void allowInterrupts(Thread thread) {
        interruptible = thread;
    }

    /** Ends {@link #allowInterrupts}, and forgets an interrupt that has come. */
    synchronized void endInterrupts() {
        interruptible = null;
        Thread.interrupted();
    }

    void claimed() {
        events.publish(new TaskEvent.Claimed(task.id(), task.jobId(), task.attempt(), worker), traceParent);
    }

    /** Tells the current progress; nothing if the end was told already. */
    synchronized void heartbeat() {
        if (!ended) {
            published = progress;
            events.heartbeat(
                    new TaskEvent.Progressed(task.id(), task.jobId(), task.attempt(), worker, published), traceParent);
        }
    }

    void completed(Outcome outcome, boolean reused) {
        end(new TaskEvent.Completed(task.id(), task.jobId(), task.attempt(), worker, outcome, reused));
    }

    void failed(FailureKind kind, String message) {
        end(new TaskEvent.Failed(task.id(), task.jobId(), task.attempt(), worker, kind, message));
    }

    void released() {
        end(new TaskEvent.Released(task.id(), task.jobId(), task.attempt(), worker));
    }

    /** No event follows any more: nobody wants to hear of this attempt. */
    synchronized void abandon() {
        ended = true;
    }

    /**
     * Publishes how it ended, once. While Kafka does not take it, heartbeats keep the lease and it is tried again, for as
     * long as somebody wants it: work that is done must not be lost in silence.
     */
    private void end(TaskEvent event) {
        while (!ended()) {
            try {
                events.publish(event, traceParent);
                abandon();
            } catch (KafkaException e) {
                if (e.getCause() instanceof RecordTooLargeException && !(event instanceof TaskEvent.Failed)) {
                    failed(
                            FailureKind.UNSUPPORTED,
                            "its outcome does not fit into a record of Kafka: " + e.getMessage());
                } else if (stop != null) {
                    LOG.warnf("Task %s: its end could not be published: %s", task.id(), e.getMessage());
                    abandon();
                } else {
                    LOG.warnf("Task %s: its end is not published yet: %s", task.id(), e.getMessage());
                    pause();
                }
            }
        }
    }

    private synchronized boolean ended() {
        return ended;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            // A stop: the loop looks at it.
        }
    }
}
