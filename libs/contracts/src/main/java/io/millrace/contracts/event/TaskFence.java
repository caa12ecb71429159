package io.millrace.contracts.event;

/**
 * Fences off attempts that nobody needs any more, in the compacted topic {@code millrace.task-fences}: those of the task
 * below {@code attempt}, or, without a task, all of a job that has ended. Fences only ever rise, so reading them again,
 * in any order, changes nothing.
 *
 * @param taskId {@code null} for the whole job
 * @param attempt the lowest that may still work; {@link #NONE} if the task is done
 * @param worker the only one that may work on that attempt, where several records of it may be in the queue;
 *     {@code null} for any
 */
public record TaskFence(String jobId, String taskId, int attempt, String worker) implements Message {
    /** No attempt may work any more. */
    public static final int NONE = Integer.MAX_VALUE;

    /** Attempts of the task below this one are obsolete. */
    public static TaskFence below(String jobId, String taskId, int attempt) {
        return new TaskFence(jobId, taskId, attempt, null);
    }

    /** The job has ended. */
    public static TaskFence ofJob(String jobId) {
        return new TaskFence(jobId, null, NONE, null);
    }

    /** Whether this worker, being at this attempt of the task, is not to work on it. */
    public boolean obsolete(int itsAttempt, String itsWorker) {
        return itsAttempt < attempt || itsAttempt == attempt && worker != null && !worker.equals(itsWorker);
    }

    /** The higher of two: a fence never falls, in whatever order they are read. */
    public TaskFence or(TaskFence other) {
        boolean higher = other.attempt > attempt || other.attempt == attempt && worker == null;
        return higher ? other : this;
    }

    /** Key of its record. */
    public String key() {
        return taskId == null ? jobId : jobId + "/" + taskId;
    }
}
