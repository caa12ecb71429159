package io.millrace.orchestrator.board;

import io.millrace.contracts.job.JobStatus;

/** Is told what comes onto the board. */
public interface BoardListener {

    /** A job's status has changed. */
    void status(JobStatus status);

    /** A job is forgotten. */
    void gone(String jobId);
}
