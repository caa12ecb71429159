package io.millrace.worker.run;

import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Task;
import io.millrace.worker.Stage;
import io.millrace.worker.Workbench;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A stage whose actions are written in the test. */
final class ScriptedStage implements Stage {
    private final String name;
    private final Map<String, Work> actions = new ConcurrentHashMap<>();
    final AtomicInteger runs = new AtomicInteger();

    interface Work {
        Outcome run(Task task, Workbench bench) throws Exception;
    }

    ScriptedStage(String name) {
        this.name = name;
    }

    ScriptedStage on(String action, Work work) {
        actions.put(action, work);
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<String> actions() {
        return actions.keySet();
    }

    @Override
    public Outcome run(Task task, Workbench bench) throws Exception {
        runs.incrementAndGet();
        return actions.get(task.action()).run(task, bench);
    }
}
