package io.millrace.worker.run;

import io.millrace.contracts.FailureKind;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.worker.StoppedException;
import io.millrace.worker.kafka.TaskEvents;
import java.util.Optional;

/**
 * One attempt at a task as the outside sees it: what is said about it, and whether it is still wanted. Used by the
 * thread that works and by the one that keeps the lease.
 */
final class Attempt {
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
    private volatile Progress mentioned;
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

    void report(Progress latest) {
        progress = latest;
    }

    boolean reportedSinceMention() {
        return progress != mentioned;
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
    synchronized void interruptible(Thread thread) {
        interruptible = thread;
    }

    /** Ends {@link #interruptible}, and forgets an interrupt that has come. */
    synchronized void uninterruptible() {
        interruptible = null;
        Thread.interrupted();
    }

    void claimed() {
        events.publish(new TaskEvent.Claimed(task.id(), task.jobId(), task.attempt(), worker), traceParent);
    }

    /** Tells the current progress; nothing if the end was told already. */
    synchronized void heartbeat() {
        if (!ended) {
            mentioned = progress;
            events.mention(
                    new TaskEvent.Progressed(task.id(), task.jobId(), task.attempt(), worker, mentioned), traceParent);
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

    /** Nothing more is said. */
    synchronized void silent() {
        ended = true;
    }

    private void end(TaskEvent event) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        events.publish(event, traceParent);
    }
}
