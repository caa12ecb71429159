package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;

/** What the command line returns to the shell; Ctrl-C is 130, see {@link Interruption}. */
final class ExitCodes {
    static final int OBJECTIVE_MET = 0;
    static final int OBJECTIVE_MISSED = 1;
    /** The command line, a file, or what the command needs around it. */
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
