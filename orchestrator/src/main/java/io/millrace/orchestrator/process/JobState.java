package io.millrace.orchestrator.process;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Evaluation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything the orchestrator knows of a job; a JSON value in the state store.
 *
 * @param model the original; its hash is known once the baseline task is done
 * @param round from 1; 0 while the original is measured
 * @param stepsBack how often this round was tried again with milder ratios
 * @param inputs candidates that this round starts from, by id; {@link #ORIGINAL} for the model as it came
 * @param passed those of them that go through this round unchanged
 * @param tasks by id, in order of issue
 * @param forks by id of the task that forked
 * @param failedTasks those that ended with a failure, for people
 */
public record JobState(
        String jobId,
        String name,
        JobSpec spec,
        Instant submittedAt,
        Instant endedAt,
        Phase phase,
        String reason,
        Boolean objectiveMet,
        Artifact model,
        Map<String, Artifact> data,
        Evaluation original,
        int round,
        int stepsBack,
        List<String> inputs,
        List<String> passed,
        Map<String, OpenTask> tasks,
        Map<String, OpenFork> forks,
        List<TaskStatus> failedTasks,
        List<Candidate> candidates,
        String chosen,
        String chosenQuantized,
        int finishedTasks,
        int reusedTasks) {

    /** Stands for the model as it came where a candidate's id is expected. */
    public static final String ORIGINAL = "original";

    @JsonIgnore
    public boolean isEnded() {
        return phase.ended();
    }

    /** When the next lease ends or the next retry is due. */
    public Optional<Instant> nextDue() {
        return tasks.values().stream()
                .map(OpenTask::due)
                .filter(Objects::nonNull)
                .min(Instant::compareTo);
    }

    /** What users see. */
    public JobStatus status() {
        return new JobStatus(
                jobId,
                name,
                phase,
                reason,
                objectiveMet,
                spec,
                submittedAt,
                endedAt,
                round,
                spec == null ? 0 : spec.recipe().size(),
                model,
                original,
                Stream.concat(tasks.values().stream().map(OpenTask::status), failedTasks.stream())
                        .toList(),
                candidates,
                chosen,
                chosenQuantized,
                finishedTasks,
                reusedTasks);
    }

    /** What is kept of a job that has ended, so that it is not begun again: its name and its end. */
    public JobState remains() {
        return new JobState(
                jobId,
                name,
                null,
                submittedAt,
                endedAt,
                phase,
                reason,
                objectiveMet,
                null,
                Map.of(),
                null,
                round,
                0,
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                List.of(),
                List.of(),
                chosen,
                chosenQuantized,
                finishedTasks,
                reusedTasks);
    }
}
