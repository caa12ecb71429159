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
import java.util.Optional;

/**
 * A task that forked and waits for its parts.
 *
 * @param task the one that forked; parts and join inherit from it
 * @param purpose of that task: the join's result is for the same
 * @param results of the parts in the order of the fork; {@code null} where one is missing
 */
public record OpenFork(
        Task task, Purpose purpose, String candidate, String label, Outcome.Part join, List<Result> results) {

    /** Bytes for the results of all parts in the record of the task that joins them. */
    private static final int ROOM = 7 << 20;

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
        next.set(index, byReference(result));
        return new OpenFork(task, purpose, candidate, label, join, next);
    }

    /**
     * Why a part's result cannot be joined: those of all parts go into one record. What is stored counts as its address.
     */
    Optional<String> excess(Result result) {
        int room = ROOM / results.size();
        int size = Findings.size(byReference(result));
        return size <= room
                ? Optional.empty()
                : Optional.of(
                        ("its result has %,d bytes; as one of %d parts, whose results are joined in one record, it may"
                                        + " have %,d: store large findings and parameters, and send their address in the field"
                                        + " \"%s\", or fork into fewer parts")
                                .formatted(size, results.size(), room, Findings.STORED));
    }

    private static Result byReference(Result result) {
        return new Result(
                result.models().stream().map(OpenFork::byReference).toList(),
                Findings.reference(result.findings()),
                result.evaluation());
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
