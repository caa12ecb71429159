package io.millrace.contracts.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Progress;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The whole state of a job, for users: what {@code millrace.job-status} holds, REST answers and the console shows.
 *
 * @param phase where the job is
 * @param reason one sentence, where the job failed or ended short of its objective
 * @param objectiveMet whether a chosen candidate meets the objective; {@code null} until the job has ended
 * @param original figures of the model as it came; {@code null} until measured
 * @param originalModel the resolved model as it came
 * @param tasks tasks not yet ended, and those that ended with a failure; of many, a part
 * @param openTasks how many tasks have not ended
 * @param candidates every candidate so far, in order of making; their {@code parent} fields make the tree
 * @param chosen id of the chosen unquantized candidate
 * @param chosenQuantized id of the chosen quantized candidate
 * @param reusedTasks how many tasks ended with a result that was already there
 */
public record JobStatus(
        String jobId,
        String name,
        Phase phase,
        String reason,
        Boolean objectiveMet,
        JobSpec spec,
        Instant submittedAt,
        Instant endedAt,
        int round,
        int rounds,
        Artifact originalModel,
        Evaluation original,
        List<TaskStatus> tasks,
        List<Candidate> candidates,
        String chosen,
        String chosenQuantized,
        int openTasks,
        int finishedTasks,
        int reusedTasks)
        implements Message {

    public JobStatus {
        tasks = List.copyOf(tasks);
        candidates = List.copyOf(candidates);
    }

    /** Where a job is; the last three are ends. */
    public enum Phase {
        RUNNING,
        COMPLETED,
        FAILED,
        CANCELLED;

        public boolean ended() {
            return this != RUNNING;
        }
    }

    /** A task as users see it. {@code failure} is the reason if it failed. */
    public record TaskStatus(
            String taskId,
            String candidate,
            String stage,
            String action,
            String label,
            int attempt,
            State state,
            String worker,
            Progress progress,
            String failure) {}

    /** Where a task is. */
    public enum State {
        QUEUED,
        RUNNING,
        WAITING_TO_RETRY,
        FAILED
    }

    /**
     * One compressed model and how it came to be.
     *
     * @param id short and unique within the job: {@code 1-2} is the second candidate of round 1
     * @param parent id of the candidate it was made from; {@code null} for the original
     * @param label made by the stage: {@code spatial-svd mac-ratio 0.5}
     * @param method what made it: {@code spatial-svd}, {@code channel-pruning}, {@code qdq-int8}
     * @param parameters everything needed to make it again
     * @param findings what the stages measured and declined while making it, by stage
     * @param evaluation figures; {@code null} until measured
     * @param state where it stands
     * @param reason why it was dropped, kept or chosen
     * @param notes what has to be known of it, as the stages that made it say: a target that was missed, a training that
     *     was undone
     */
    public record Candidate(
            String id,
            String parent,
            int round,
            boolean quantized,
            String label,
            String method,
            ObjectNode parameters,
            Map<String, ObjectNode> findings,
            Artifact model,
            Evaluation evaluation,
            Standing state,
            String reason,
            List<String> notes) {
        public Candidate {
            notes = notes == null ? List.of() : List.copyOf(notes);
        }
    }

    /** Where a candidate stands. */
    public enum Standing {
        IN_WORK,
        EVALUATED,
        KEPT,
        DROPPED,
        CHOSEN
    }
}
