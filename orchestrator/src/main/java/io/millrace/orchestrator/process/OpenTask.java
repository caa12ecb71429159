package io.millrace.orchestrator.process;

import io.millrace.contracts.event.TaskFence;
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
 * @param due end of the lease while it runs, time of the retry while it waits for one, time to issue the same attempt
 *     once more while it is queued
 * @param worker that holds the lease
 * @param failures what went wrong so far
 * @param reissues how often this attempt was issued again because nobody claimed it
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
        Failures failures,
        int reissues) {

    public OpenTask {
        failures = failures == null ? Failures.NONE : failures;
    }

    static OpenTask queued(Task task, Purpose purpose, String candidate, String label, Instant reissueAt) {
        return new OpenTask(task, purpose, candidate, label, State.QUEUED, reissueAt, null, null, Failures.NONE, 0);
    }

    OpenTask running(String byWorker, Progress latest, Instant leaseEnd) {
        return new OpenTask(
                task, purpose, candidate, label, State.RUNNING, leaseEnd, byWorker, latest, failures, reissues);
    }

    /** With a lease that ends then, whatever it was before. */
    public OpenTask leasedUntil(Instant end) {
        return running(worker, progress, end);
    }

    /** The same attempt in the queue once more: its record may be lost. */
    OpenTask reissued(Instant reissueAt) {
        return new OpenTask(
                task, purpose, candidate, label, State.QUEUED, reissueAt, null, null, failures, reissues + 1);
    }

    /** In the queue as the next attempt. */
    OpenTask again(Instant reissueAt) {
        return new OpenTask(next(), purpose, candidate, label, State.QUEUED, reissueAt, null, null, failures, 0);
    }

    OpenTask with(Failures now) {
        return new OpenTask(task, purpose, candidate, label, state, due, worker, progress, now, reissues);
    }

    /** Waits until {@code retryAt} to be issued as the next attempt, which overtakes this one at once. */
    OpenTask waiting(Instant retryAt) {
        return new OpenTask(
                next(), purpose, candidate, label, State.WAITING_TO_RETRY, retryAt, null, null, failures, 0);
    }

    /** In the queue, after the wait. */
    OpenTask queuedAgain(Instant reissueAt) {
        return new OpenTask(task, purpose, candidate, label, State.QUEUED, reissueAt, null, null, failures, 0);
    }

    /** Whether nothing but its heartbeats tells it from the other: what need not be stored. */
    public boolean sameButForHeartbeats(OpenTask other) {
        return state == State.RUNNING && withoutHeartbeat().equals(other.withoutHeartbeat());
    }

    /** Whether there may be copies of it in the queue, or other attempts at work. */
    boolean mayHaveTwins() {
        return task.attempt() > 1 || reissues > 0;
    }

    /** What no worker need do any more once this task is done. */
    TaskFence fence() {
        return TaskFence.below(task.jobId(), task.id(), TaskFence.NONE);
    }

    /** Whether this worker comes second: another one has claimed another record of the same attempt. */
    boolean heldByAnother(String claiming) {
        return reissues > 0 && state == State.RUNNING && !claiming.equals(worker);
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
                failures.last());
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

    private OpenTask withoutHeartbeat() {
        return running(worker, null, null);
    }

    private Task next() {
        return task.withAttempt(task.attempt() + 1);
    }
}
