package io.millrace.contracts.event;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.job.JobStatus;
import java.util.List;

/** What is said to and about jobs, keyed by job id. */
public sealed interface JobEvent extends Message {

    /** A user's wish, in {@code millrace.jobs}. */
    sealed interface Request extends JobEvent {}

    /** News for users, in {@code millrace.job-events}. */
    sealed interface News extends JobEvent {}

    /** A new job. {@code spec} is kept as it came, so that a faulty one can be answered field by field. */
    record Submitted(String jobId, JsonNode spec) implements Request {}

    /** The user no longer wants the job. */
    record CancelRequested(String jobId, String reason) implements Request {}

    record Accepted(String jobId, String name) implements News {}

    record CandidateEvaluated(String jobId, JobStatus.Candidate candidate) implements News {}

    record CandidateSelected(String jobId, JobStatus.Candidate candidate) implements News {}

    /** The job ended with a choice; {@code objectiveMet} says whether it is good enough. */
    record Completed(String jobId, boolean objectiveMet, String reason, String chosen, String chosenQuantized)
            implements News {}

    /** The job ended without a choice. {@code faults} are those of a specification that was not accepted. */
    record Failed(String jobId, String reason, List<Fault> faults) implements News {}

    record Cancelled(String jobId, String reason) implements News {}
}
