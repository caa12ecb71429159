package io.millrace.orchestrator.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.InvalidJobException;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobSpecReader.Addresses;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.JobBoard;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;

/**
 * Takes new jobs. One that comes with an Idempotency-Key is taken once, however often and wherever it is sent; the same
 * key with another job is refused, also when both are sent at the same time.
 */
@ApplicationScoped
class Submissions {
    private static final Duration VISIBLE_WITHIN = Duration.ofSeconds(5);

    private final JobSpecReader reader = new JobSpecReader(Addresses.STORED);
    private final JobRequests requests;
    private final JobBoard board;

    Submissions(JobRequests requests, JobBoard board) {
        this.requests = requests;
        this.board = board;
    }

    /**
     * Takes a job and gives its id.
     *
     * @param text the specification in YAML or JSON
     * @param key tells repeated requests; may be {@code null}
     * @param user whose keys these are; empty where nobody is asked
     * @param traceParent of the request; may be {@code null}
     * @throws ProblemException if the job is at fault, or the key was used for another one
     */
    String submit(String text, String key, String user, String traceParent) {
        JsonNode tree;
        JobSpec spec;
        try {
            tree = JobSpecReader.parse(text);
            spec = reader.read(tree);
        } catch (InvalidJobException e) {
            throw atFault(e);
        }
        if (key == null || key.isBlank()) {
            String jobId = JobIds.fresh(spec.name());
            board.find(jobId); // so that an instance that cannot look takes nothing
            requests.send(new JobEvent.Submitted(jobId, tree), traceParent);
            awaitVisible(jobId);
            return jobId;
        }
        String jobId = JobIds.of(user, key);
        Optional<JobStatus> there = board.find(jobId);
        if (there.isEmpty()) {
            requests.send(new JobEvent.Submitted(jobId, tree), traceParent);
            there = awaitVisible(jobId);
        }
        // Of several at a time the first in the topic counts: only the board tells whose that was.
        JobStatus taken = there.orElseThrow(() -> new ProblemException(
                Kind.KEY_IN_USE,
                "the job of this Idempotency-Key is not to be seen yet; send the same again in a moment"));
        if (taken.spec() != null && !taken.spec().equals(spec)) {
            throw new ProblemException(
                    Kind.KEY_REUSED,
                    "the Idempotency-Key was used for another specification, of job " + jobId + "; use a new key");
        }
        return jobId;
    }

    private static ProblemException atFault(InvalidJobException e) {
        String detail = e.faults().size() == 1
                ? "the job has a fault: " + e.faults().get(0)
                : "the job has " + e.faults().size() + " faults";
        return new ProblemException(Kind.JOB_AT_FAULT, detail, e.faults());
    }

    /** So that whoever follows Location finds the job; it is accepted in any case. */
    private Optional<JobStatus> awaitVisible(String jobId) {
        long until = System.nanoTime() + VISIBLE_WITHIN.toNanos();
        Optional<JobStatus> seen = board.find(jobId);
        try {
            while (seen.isEmpty() && System.nanoTime() < until) {
                Thread.sleep(20);
                seen = board.find(jobId);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return seen;
    }
}
