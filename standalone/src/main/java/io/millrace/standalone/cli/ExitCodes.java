package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;

/** What the command line returns to the shell. */
final class ExitCodes {
    static final int OBJECTIVE_MET = 0;
    static final int OBJECTIVE_MISSED = 1;
    static final int BAD_USAGE = 2;
    static final int JOB_FAILED = 3;

    private ExitCodes() {}

    static int of(JobStatus job) {
        if (job.phase() != JobStatus.Phase.COMPLETED) {
            return JOB_FAILED;
        }
        return Boolean.TRUE.equals(job.objectiveMet()) ? OBJECTIVE_MET : OBJECTIVE_MISSED;
    }
}
