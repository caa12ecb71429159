package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.job.InvalidJobException;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobSpecReader.Addresses;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.orchestrator.process.Decision.Urgency;
import java.time.Instant;
import java.util.List;

/**
 * Decides what follows from an event. A pure function: it holds no state, reads no clock and sends nothing, so the same
 * events give the same decisions wherever and however often they are played.
 */
public final class JobProcess {
    private static final int LONGEST_REASON = 2000;

    private final JobSpecReader reader = new JobSpecReader(Addresses.STORED);
    private final RecipeWalk walk = new RecipeWalk();
    private final ProcessSettings settings;
    private final TaskLife life;

    public JobProcess(ProcessSettings settings) {
        this.settings = settings;
        this.life = new TaskLife(settings, walk);
    }

    /**
     * A user's request. A job that is there already is not begun again, and one that has ended stays as it is.
     *
     * @param state {@code null} if there is no such job
     * @param traceParent of the request's record; {@code null} if it is not traced
     */
    public Decision on(JobState state, JobEvent.Request request, Instant now, String traceParent) {
        if (request instanceof JobEvent.Submitted submitted && state == null) {
            return submitted(submitted, now, traceParent);
        }
        if (request instanceof JobEvent.CancelRequested cancel && state != null && !state.isEnded()) {
            return cancelled(state, cancel.reason(), now);
        }
        return Decision.nothing(state);
    }

    /** What a worker says. Overtaken attempts are fenced off; events of ended tasks and jobs change nothing. */
    public Decision on(JobState state, TaskEvent event, Instant now) {
        if (state == null || state.isEnded() || !TaskLife.matters(state, event)) {
            return Decision.nothing(state);
        }
        Draft job = draft(state, now);
        life.apply(job, event);
        return job.decision();
    }

    /**
     * Time passes: leases run out, retries fall due, and queued tasks that nobody has claimed are issued once more.
     *
     * @param leasesEnd whether the workers' heartbeats would have been heard; else no lease runs out
     */
    public Decision beat(JobState state, Instant now, boolean leasesEnd) {
        if (state.isEnded() || state.nextDue().filter(due -> !due.isAfter(now)).isEmpty()) {
            return Decision.nothing(state);
        }
        Draft job = draft(state, now);
        life.beat(job, leasesEnd);
        return job.decision();
    }

    /** Ends a job that cannot go on. */
    public Decision fail(JobState state, String reason, Instant now) {
        Draft job = draft(state, now);
        walk.fail(job, bounded(reason));
        return job.decision();
    }

    /** Answers a submission that cannot even be begun. */
    public Decision refuse(JobEvent.Submitted submitted, String reason, Instant now) {
        Fault fault = new Fault("job", bounded(reason));
        return refused(new JobState.Submission(submitted.jobId(), submitted.jobId(), now, null), List.of(fault));
    }

    private Draft draft(JobState state, Instant now) {
        return new Draft(state, now, settings.silence(0));
    }

    private Decision submitted(JobEvent.Submitted submitted, Instant now, String traceParent) {
        String jobId = submitted.jobId();
        try {
            JobSpec spec = reader.read(submitted.spec());
            Draft job = draft(JobState.begun(new JobState.Submission(jobId, spec.name(), now, traceParent), spec), now);
            job.announce(new JobEvent.Accepted(jobId, spec.name()));
            job.issue(Tasks.baseline(job), new Purpose.Baseline(), null, "measuring the original");
            return job.decision();
        } catch (InvalidJobException e) {
            String name = nameIn(submitted.spec(), jobId);
            return refused(new JobState.Submission(jobId, name, now, traceParent), e.faults());
        }
    }

    private static Decision refused(JobState.Submission submission, List<Fault> faults) {
        String reason = "the job is at fault: " + faults.get(0)
                + (faults.size() == 1 ? "" : " (and " + (faults.size() - 1) + " more)");
        JobEvent.Failed failed = new JobEvent.Failed(submission.jobId(), reason, faults);
        return new Decision(JobState.refused(submission, reason), List.of(new Command.Announce(failed)), Urgency.NOW);
    }

    private Decision cancelled(JobState state, String reason, Instant now) {
        String why = reason == null || reason.isBlank() ? "cancelled by the user" : bounded(reason);
        Draft job = draft(state, now);
        job.end(Phase.CANCELLED, why, false);
        job.announce(new JobEvent.Cancelled(state.jobId(), why));
        return job.decision();
    }

    private static String bounded(String reason) {
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + " ...";
    }

    private static String nameIn(JsonNode spec, String otherwise) {
        String name = spec == null ? otherwise : spec.path("name").asText(otherwise);
        return name.length() <= 100 ? name : otherwise;
    }
}
