package io.millrace.orchestrator.process;

import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import java.time.Instant;

/**
 * A task that has not ended.
 *
 * @param task as it was issued last; its attempt is the one that counts
 * @param candidate what it is about, for people; {@code null} for the original
 * @param due end of the lease while it runs, time of the retry while it waits for one; {@code null} in the queue
 * @param failures lost leases and transient failures so far
 * @param failure message of the last of them
 */
public record OpenTask(
        Task task,
        Purpose purpose,
        String candidate,
        String label,
        State state,
        Instant due,
        String worker,
        Progress progress,
        int failures,
        String failure) {

    static OpenTask queued(Task task, Purpose purpose, String candidate, String label) {
        return new OpenTask(task, purpose, candidate, label, State.QUEUED, null, null, null, 0, null);
    }

    OpenTask running(String byWorker, Progress latest, Instant leaseEnd) {
        return new OpenTask(
                task, purpose, candidate, label, State.RUNNING, leaseEnd, byWorker, latest, failures, failure);
    }

    /** Back in the queue as the next attempt. */
    OpenTask again() {
        return new OpenTask(next(), purpose, candidate, label, State.QUEUED, null, null, null, failures, failure);
    }

    /** One failure more. */
    OpenTask failedOnce(String message) {
        return new OpenTask(task, purpose, candidate, label, state, due, worker, progress, failures + 1, message);
    }

    /** Waits until {@code retryAt} to be issued as the next attempt, which overtakes this one at once. */
    OpenTask waiting(Instant retryAt) {
        return new OpenTask(
                next(), purpose, candidate, label, State.WAITING_TO_RETRY, retryAt, null, null, failures, failure);
    }

    /** In the queue, after the wait. */
    OpenTask queuedAgain() {
        return new OpenTask(task, purpose, candidate, label, State.QUEUED, null, null, null, failures, failure);
    }

    TaskStatus status() {
        return new TaskStatus(
                task.id(),
                candidate,
                task.stage(),
                task.action(),
                label,
                task.attempt(),
                state,
                worker,
                progress,
                failure);
    }

    TaskStatus failed(String message) {
        return new TaskStatus(
                task.id(),
                candidate,
                task.stage(),
                task.action(),
                label,
                task.attempt(),
                State.FAILED,
                worker,
                null,
                message);
    }

    private Task next() {
        return task.withAttempt(task.attempt() + 1);
    }
}
