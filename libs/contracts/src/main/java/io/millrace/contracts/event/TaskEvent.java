package io.millrace.contracts.event;

import io.millrace.contracts.FailureKind;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;

/** What workers say about tasks, in {@code millrace.task-events}, keyed by job id. */
public sealed interface TaskEvent extends Message {
    String taskId();

    int attempt();

    /** Name of the worker instance. */
    String worker();

    /** A worker has taken the task; its lease begins. */
    record Claimed(String taskId, String jobId, int attempt, String worker) implements TaskEvent {}

    /** The worker lives and works: heartbeat and progress in one. */
    record Progressed(String taskId, String jobId, int attempt, String worker, Progress progress)
            implements TaskEvent {}

    /** The task is done; its results are committed in the object store. {@code reused}: found there, not worked out. */
    record Completed(String taskId, String jobId, int attempt, String worker, Outcome outcome, boolean reused)
            implements TaskEvent {}

    /**
     * The task failed.
     *
     * @param message one sentence that names field, node, tensor or file, and the way out
     */
    record Failed(String taskId, String jobId, int attempt, String worker, FailureKind failure, String message)
            implements TaskEvent {}

    /** The worker was told to stop and gives the task back. */
    record Released(String taskId, String jobId, int attempt, String worker) implements TaskEvent {}
}
