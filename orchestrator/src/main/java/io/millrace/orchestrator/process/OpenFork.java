package io.millrace.orchestrator.process;

import io.millrace.contracts.task.Findings;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.ProducedModel;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * A task that forked and waits for its parts.
 *
 * @param task the one that forked; parts and join inherit from it
 * @param purpose of that task: the join's result is for the same
 * @param results of the parts in the order of the fork; {@code null} where one is missing
 */
public record OpenFork(
        Task task, Purpose purpose, String candidate, String label, Outcome.Part join, List<Result> results) {

    public OpenFork {
        results = Collections.unmodifiableList(new ArrayList<>(results));
    }

    static OpenFork of(OpenTask open, Outcome.Fork fork) {
        return new OpenFork(
                open.task(),
                open.purpose(),
                open.candidate(),
                open.label(),
                fork.join(),
                Arrays.asList(new Result[fork.parts().size()]));
    }

    /** With the result of a part; of findings that are stored, only where. */
    public OpenFork with(int index, Result result) {
        List<Result> next = new ArrayList<>(results);
        next.set(
                index,
                new Result(
                        result.models().stream().map(OpenFork::byReference).toList(),
                        Findings.reference(result.findings()),
                        result.evaluation()));
        return new OpenFork(task, purpose, candidate, label, join, next);
    }

    private static ProducedModel byReference(ProducedModel made) {
        return made.parameters() == null
                ? made
                : new ProducedModel(made.label(), made.model(), Findings.reference(made.parameters()));
    }

    /** As it was when it forked; the results are stored one by one. */
    public OpenFork withoutResults() {
        return new OpenFork(task, purpose, candidate, label, join, Arrays.asList(new Result[results.size()]));
    }

    boolean complete() {
        return results.stream().allMatch(Objects::nonNull);
    }
}
