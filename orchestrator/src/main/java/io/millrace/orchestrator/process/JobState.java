package io.millrace.orchestrator.process;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Evaluation;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything the orchestrator knows of a job. Its tasks, forks and candidates are stored one by one, beside the
 * {@link #head}.
 *
 * @param spec {@code null} if it was refused, or has ended
 * @param tasks by id
 * @param forks by id of the task that forked
 * @param failedTasks the latest of those that ended with a failure, for people
 * @param candidates in order of making
 */
public record JobState(
        Submission submission,
        End end,
        JobSpec spec,
        Original original,
        Position position,
        Map<String, OpenTask> tasks,
        Map<String, OpenFork> forks,
        List<TaskStatus> failedTasks,
        List<Candidate> candidates,
        Result result) {

    /** Stands for the model as it came where a candidate's id is expected. */
    public static final String ORIGINAL = "original";

    /** A status lists at most so many open tasks. */
    static final int LISTED_TASKS = 200;

    /** @param traceParent where the trace of whoever submitted it goes on; {@code null} if it is not traced */
    public record Submission(String jobId, String name, Instant at, String traceParent) {}

    /** Whether it has ended, and how. @param at {@code null} while it runs */
    public record End(Phase phase, String reason, Boolean objectiveMet, Instant at) {
        static final End NOT_YET = new End(Phase.RUNNING, null, null, null);
    }

    /** The model as it came; its hash and figures are known once the baseline task is done. */
    public record Original(Artifact model, Map<String, Artifact> data, Evaluation figures) {}

    /**
     * Where the recipe is.
     *
     * @param round from 1; 0 while the original is measured
     * @param stepsBack how often this round was tried again with milder ratios
     * @param inputs candidates that this round starts from, by id; {@link #ORIGINAL} for the model as it came
     * @param passed those of them that go through this round unchanged
     */
    public record Position(int round, int stepsBack, List<String> inputs, List<String> passed) {
        static final Position START = new Position(0, 0, List.of(), List.of());
    }

    /** What has come of it. */
    public record Result(String chosen, String chosenQuantized, int finishedTasks, int reusedTasks) {
        static final Result NONE = new Result(null, null, 0, 0);
    }

    /** A job that begins. */
    static JobState begun(Submission submission, JobSpec spec) {
        Map<String, Artifact> data = new LinkedHashMap<>();
        spec.data().forEach((role, uri) -> data.put(role, Artifact.unresolved(uri)));
        Original original = new Original(Artifact.unresolved(spec.model()), data, null);
        return new JobState(
                submission,
                End.NOT_YET,
                spec,
                original,
                Position.START,
                Map.of(),
                Map.of(),
                List.of(),
                List.of(),
                Result.NONE);
    }

    /** A job that was not begun. */
    static JobState refused(Submission submission, String reason) {
        End end = new End(Phase.FAILED, reason, false, submission.at());
        Original none = new Original(null, Map.of(), null);
        return new JobState(
                submission, end, null, none, Position.START, Map.of(), Map.of(), List.of(), List.of(), Result.NONE);
    }

    public String jobId() {
        return submission.jobId();
    }

    public Phase phase() {
        return end.phase();
    }

    public String reason() {
        return end.reason();
    }

    public Boolean objectiveMet() {
        return end.objectiveMet();
    }

    public int round() {
        return position.round();
    }

    public String chosen() {
        return result.chosen();
    }

    public String chosenQuantized() {
        return result.chosenQuantized();
    }

    public int finishedTasks() {
        return result.finishedTasks();
    }

    @JsonIgnore
    public boolean isEnded() {
        return phase().ended();
    }

    /** When the next lease ends, or the next retry or reissue is due. */
    public Optional<Instant> nextDue() {
        return tasks.values().stream()
                .map(OpenTask::due)
                .filter(Objects::nonNull)
                .min(Instant::compareTo);
    }

    /** What users see. */
    public JobStatus status() {
        return new JobStatus(
                jobId(),
                submission.name(),
                phase(),
                reason(),
                objectiveMet(),
                spec,
                submission.at(),
                end.at(),
                round(),
                spec == null ? 0 : spec.recipe().size(),
                original.model(),
                original.figures(),
                Stream.concat(listedTasks(), failedTasks.stream()).toList(),
                candidates,
                chosen(),
                chosenQuantized(),
                tasks.size(),
                finishedTasks(),
                result.reusedTasks());
    }

    /** All but tasks, forks and candidates. */
    public JobState head() {
        return with(spec, original, Map.of(), Map.of(), failedTasks, List.of());
    }

    /** The whole, from its head and its parts. */
    public JobState with(Map<String, OpenTask> itsTasks, Map<String, OpenFork> itsForks, List<Candidate> made) {
        return with(spec, original, itsTasks, itsForks, failedTasks, made);
    }

    /** What is kept of a job that has ended, so that it is not begun again: its name and its end. */
    public JobState remains() {
        Original none = new Original(null, Map.of(), null);
        return with(null, none, Map.of(), Map.of(), List.of(), List.of());
    }

    private JobState with(
            JobSpec itsSpec,
            Original itsOriginal,
            Map<String, OpenTask> itsTasks,
            Map<String, OpenFork> itsForks,
            List<TaskStatus> itsFailedTasks,
            List<Candidate> itsCandidates) {
        return new JobState(
                submission,
                end,
                itsSpec,
                itsOriginal,
                position,
                itsTasks,
                itsForks,
                itsFailedTasks,
                itsCandidates,
                result);
    }

    /** Those at work first. */
    private Stream<TaskStatus> listedTasks() {
        Stream<OpenTask> all = tasks.size() <= LISTED_TASKS
                ? tasks.values().stream()
                : tasks.values().stream()
                        .sorted(Comparator.comparing(open -> open.state() == State.QUEUED))
                        .limit(LISTED_TASKS);
        return all.map(OpenTask::status);
    }
}
