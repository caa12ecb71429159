package io.millrace.worker.app;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Task;
import io.millrace.worker.Stage;
import io.millrace.worker.Workbench;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;

/** The smallest stage there can be. */
@ApplicationScoped
public class GreetingStage implements Stage {

    @Override
    public String name() {
        return "greeting";
    }

    @Override
    public Set<String> actions() {
        return Set.of("greet");
    }

    @Override
    public Outcome run(Task task, Workbench bench) {
        return Outcome.Result.ofFindings(JsonNodeFactory.instance.objectNode().put("greeting", "hello"));
    }
}
