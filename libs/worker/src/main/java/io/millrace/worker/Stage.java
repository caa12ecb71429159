package io.millrace.worker;

import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Task;
import java.util.Set;

/**
 * Everything a service does to models: the one interface a method's author sees. Each service has one implementation,
 * a CDI bean at its edge, which reads the task's parameters and calls plain Java.
 */
public interface Stage {

    /** The queue it serves: {@code svd} takes from {@code millrace.tasks.svd}. */
    String name();

    /** The actions it takes. */
    Set<String> actions();

    /**
     * Does one task. Called on the worker's own thread, never twice at a time for one worker; the same task with the
     * same inputs gives the same outcome.
     *
     * @throws StageException a failure that knows its kind; an I/O exception counts as {@code TRANSIENT}, any other as {@code CRASHED}
     */
    Outcome run(Task task, Workbench bench) throws Exception;
}
