package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;

/** A job's end in one line, with the reason and what has to be known of the figures. */
final class JobVerdict {
    private JobVerdict() {}

    static String of(JobStatus job) {
        String reason = job.reason() == null ? "" : ": " + job.reason();
        return switch (job.phase()) {
            case COMPLETED ->
                (Boolean.TRUE.equals(job.objectiveMet()) ? "The objective was met" : "The objective was NOT met")
                        + reason;
            case FAILED -> "The job failed" + reason;
            case CANCELLED -> "The job was cancelled" + reason;
            case RUNNING -> "The job is still running";
        };
    }
}
