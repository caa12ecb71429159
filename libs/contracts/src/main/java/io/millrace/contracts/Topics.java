package io.millrace.contracts;

/** Names of the Kafka topics; see docs/events.md for what each holds. */
public final class Topics {
    public static final String JOBS = "millrace.jobs";
    public static final String TASK_EVENTS = "millrace.task-events";
    public static final String JOB_EVENTS = "millrace.job-events";
    public static final String JOB_STATUS = "millrace.job-status";
    public static final String TASK_FENCES = "millrace.task-fences";
    public static final String DEAD_LETTERS = "millrace.dead-letters";

    private static final String TASKS_PREFIX = "millrace.tasks.";

    private Topics() {}

    /** The queue of a stage, for example {@code millrace.tasks.svd}. */
    public static String tasks(String stage) {
        return TASKS_PREFIX + stage;
    }
}
