package io.millrace.orchestrator.process;

import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.task.Task;

/** What is to be sent. */
public sealed interface Command {

    /** Puts a task into the queue of its stage. */
    record Issue(Task task) implements Command {}

    /** Tells users. */
    record Announce(JobEvent.News news) implements Command {}

    /** Tells workers which attempts are obsolete. */
    record Fence(TaskFence fence) implements Command {}
}
