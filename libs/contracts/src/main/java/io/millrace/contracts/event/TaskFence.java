package io.millrace.contracts.event;

/**
 * Fences off attempts that nobody needs any more, in the compacted topic {@code millrace.task-fences}: those of the task
 * below {@code attempt}, or, without a task, all of a job that has ended. Fences only ever rise, so reading them again,
 * in any order, changes nothing.
 *
 * @param taskId {@code null} for the whole job
 * @param attempt the lowest that may still work; {@link #NONE} if the task is done
 */
public record TaskFence(String jobId, String taskId, int attempt) implements Message {
    /** No attempt may work any more. */
    public static final int NONE = Integer.MAX_VALUE;

    /** The job has ended. */
    public static TaskFence ofJob(String jobId) {
        return new TaskFence(jobId, null, NONE);
    }

    /** Key of its record. */
    public String key() {
        return taskId == null ? jobId : jobId + "/" + taskId;
    }
}
