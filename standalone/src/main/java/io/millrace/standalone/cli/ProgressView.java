package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus.TaskStatus;
import java.util.List;

/** Shows what is at work while it is. */
interface ProgressView extends AutoCloseable {

    /** Tasks that run now; the same ones come again with each look, however far they are. */
    void show(List<TaskStatus> running);

    /** Makes room for a line of text; what is at work comes back with the next {@link #show}. */
    @Override
    void close();

    /** A task for people: what it does to whom. */
    static String name(TaskStatus task) {
        String whom = task.candidate() == null ? "" : " " + task.candidate();
        String label = task.label() == null || task.label().isEmpty() ? "" : " (" + task.label() + ")";
        String again = task.attempt() > 1 ? ", attempt " + task.attempt() : "";
        return task.stage() + " " + task.action() + whom + label + again;
    }

    /** One attempt of a task. */
    static String key(TaskStatus task) {
        return task.taskId() + "/" + task.attempt();
    }
}
