package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.job.Fault;
import io.millrace.contracts.job.InvalidJobException;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobSpecReader.Addresses;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.orchestrator.process.Decision.Urgency;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides what follows from an event. A pure function: it holds no state, reads no clock and sends nothing, so the same
 * events give the same decisions wherever and however often they are played.
 */
public final class JobProcess {
    private final JobSpecReader reader = new JobSpecReader(Addresses.STORED);
    private final RecipeWalk walk = new RecipeWalk();
    private final TaskLife life;

    public JobProcess(ProcessSettings settings) {
        this.life = new TaskLife(settings, walk);
    }

    /**
     * A user's wish. A job that is there already is not begun again, and one that has ended stays as it is.
     *
     * @param state {@code null} if there is no such job
     */
    public Decision on(JobState state, JobEvent.Request request, Instant now) {
        if (request instanceof JobEvent.Submitted submitted && state == null) {
            return submitted(submitted, now);
        }
        if (request instanceof JobEvent.CancelRequested cancel && state != null && !state.isEnded()) {
            return cancelled(state, cancel.reason(), now);
        }
        return Decision.nothing(state);
    }

    /** What a worker says. Words of overtaken attempts, of ended tasks and of unknown jobs change nothing. */
    public Decision on(JobState state, TaskEvent event, Instant now) {
        if (state == null || state.isEnded() || !TaskLife.matters(state, event)) {
            return Decision.nothing(state);
        }
        Draft job = new Draft(state, now);
        life.apply(job, event);
        return job.decision();
    }

    /** Time passes: leases end, retries fall due. */
    public Decision beat(JobState state, Instant now) {
        if (state.isEnded() || state.nextDue().filter(due -> !due.isAfter(now)).isEmpty()) {
            return Decision.nothing(state);
        }
        Draft job = new Draft(state, now);
        life.beat(job);
        return job.decision();
    }

    private Decision submitted(JobEvent.Submitted submitted, Instant now) {
        String jobId = submitted.jobId();
        try {
            JobSpec spec = reader.read(submitted.spec());
            Draft job = new Draft(fresh(jobId, spec.name(), spec, now, null), now);
            job.announce(new JobEvent.Accepted(jobId, spec.name()));
            job.issue(Tasks.baseline(job), new Purpose.Baseline(), null, "measuring the original");
            return job.decision();
        } catch (InvalidJobException e) {
            return refused(jobId, nameIn(submitted.spec(), jobId), e.faults(), now);
        }
    }

    private static Decision refused(String jobId, String name, List<Fault> faults, Instant now) {
        String reason = "the job is at fault: " + faults.get(0)
                + (faults.size() == 1 ? "" : " (and " + (faults.size() - 1) + " more)");
        JobState state = fresh(jobId, name, null, now, reason);
        return new Decision(
                state, List.of(new Command.Announce(new JobEvent.Failed(jobId, reason, faults))), Urgency.NOW);
    }

    private static Decision cancelled(JobState state, String reason, Instant now) {
        String why = reason == null || reason.isBlank() ? "cancelled by the user" : reason;
        Draft job = new Draft(state, now);
        job.end(Phase.CANCELLED, why, false);
        job.announce(new JobEvent.Cancelled(state.jobId(), why));
        return job.decision();
    }

    /** @param refusal why it is not begun; {@code null} if it is */
    private static JobState fresh(String jobId, String name, JobSpec spec, Instant now, String refusal) {
        Map<String, Artifact> data = new LinkedHashMap<>();
        if (spec != null) {
            spec.data().forEach((role, uri) -> data.put(role, Artifact.unresolved(uri)));
        }
        return new JobState(
                jobId,
                name,
                spec,
                now,
                refusal == null ? null : now,
                refusal == null ? Phase.RUNNING : Phase.FAILED,
                refusal,
                refusal == null ? null : false,
                spec == null ? null : Artifact.unresolved(spec.model()),
                data,
                null,
                0,
                0,
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                List.of(),
                List.of(),
                null,
                null,
                0,
                0);
    }

    private static String nameIn(JsonNode spec, String otherwise) {
        return spec == null ? otherwise : spec.path("name").asText(otherwise);
    }
}
