package io.millrace.orchestrator.board;

import io.millrace.contracts.job.JobStatus;
import java.time.Instant;

/** A job in a list. */
public record JobSummary(
        String jobId,
        String name,
        JobStatus.Phase phase,
        Boolean objectiveMet,
        String reason,
        Instant submittedAt,
        Instant endedAt,
        int round,
        int rounds,
        int candidates) {

    static JobSummary of(JobStatus status) {
        return new JobSummary(
                status.jobId(),
                status.name(),
                status.phase(),
                status.objectiveMet(),
                status.reason(),
                status.submittedAt(),
                status.endedAt(),
                status.round(),
                status.rounds(),
                status.candidates().size());
    }
}
