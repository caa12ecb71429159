package io.millrace.orchestrator.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Topics;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.task.Findings;
import io.millrace.orchestrator.process.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Publishes the state of jobs for users: at once when there is news, else with the next beat; a large status, which
 * costs each reader time, less often.
 */
final class StatusPublisher {
    /** One second more between statuses for so many bytes. */
    private static final int BYTES_A_SECOND = 128 * 1024;

    private final Consumer<Outgoing> out;

    /** Jobs whose newest state is not published, with when it may be. */
    private final Map<String, Instant> waiting = new HashMap<>();

    private final Map<String, Instant> earliest = new HashMap<>();

    StatusPublisher(Consumer<Outgoing> out) {
        this.out = out;
    }

    /** The job has a new state, which can wait a moment. */
    void later(JobState state, Instant now) {
        waiting.putIfAbsent(state.jobId(), earliest.getOrDefault(state.jobId(), now));
    }

    void now(JobState state, Instant now) {
        waiting.remove(state.jobId());
        Outgoing outgoing = outgoing(state.status());
        out.accept(outgoing);
        if (state.isEnded()) {
            earliest.remove(state.jobId());
        } else {
            earliest.put(state.jobId(), now.plus(Duration.ofSeconds(outgoing.data().length / BYTES_A_SECOND)));
        }
    }

    /** Publishes what has waited long enough. */
    void beat(JobStore store, Instant now) {
        List<String> ready = waiting.entrySet().stream()
                .filter(entry -> !entry.getValue().isAfter(now))
                .map(Map.Entry::getKey)
                .toList();
        for (String jobId : ready) {
            Optional.ofNullable(store.get(jobId)).ifPresent(state -> now(state, now));
            waiting.remove(jobId);
        }
    }

    /** A status that is too large for a record goes without the details of its candidates. */
    private static Outgoing outgoing(JobStatus status) {
        Outgoing outgoing = Outgoing.of(Topics.JOB_STATUS, status);
        return outgoing.tooLarge()
                ? Outgoing.of(Topics.JOB_STATUS, withoutDetails(status)).checked()
                : outgoing;
    }

    private static JobStatus withoutDetails(JobStatus status) {
        return new JobStatus(
                status.jobId(),
                status.name(),
                status.phase(),
                status.reason(),
                status.objectiveMet(),
                status.spec(),
                status.submittedAt(),
                status.endedAt(),
                status.round(),
                status.rounds(),
                status.originalModel(),
                status.original(),
                status.tasks(),
                status.candidates().stream()
                        .map(StatusPublisher::withoutDetails)
                        .toList(),
                status.chosen(),
                status.chosenQuantized(),
                status.openTasks(),
                status.finishedTasks(),
                status.reusedTasks());
    }

    private static Candidate withoutDetails(Candidate candidate) {
        Map<String, ObjectNode> findings = new TreeMap<>();
        candidate.findings().forEach((stage, found) -> findings.put(stage, Findings.bounded(found, 0)));
        return new Candidate(
                candidate.id(),
                candidate.parent(),
                candidate.round(),
                candidate.quantized(),
                candidate.label(),
                candidate.method(),
                Findings.bounded(candidate.parameters(), 0),
                findings,
                candidate.model(),
                candidate.evaluation(),
                candidate.state(),
                candidate.reason(),
                candidate.notes().isEmpty() ? List.of() : List.of("this job is too large for its notes"));
    }
}
