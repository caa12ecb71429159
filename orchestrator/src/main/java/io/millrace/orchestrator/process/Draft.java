package io.millrace.orchestrator.process;

import io.millrace.contracts.Artifact;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.process.Decision.Urgency;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A job's state while one event is worked in; lives no longer than that. */
final class Draft {
    final Instant now;
    final JobSpec spec;
    final Map<String, OpenTask> tasks;
    final Map<String, OpenFork> forks;
    Artifact model;
    Map<String, Artifact> data;
    Evaluation original;
    int round;
    int stepsBack;
    List<String> inputs;
    List<String> passed;
    String chosen;
    String chosenQuantized;
    int finishedTasks;
    int reusedTasks;

    private final JobState before;
    private final Map<String, Candidate> candidates = new LinkedHashMap<>();
    private final List<TaskStatus> failedTasks;
    private final List<Command> commands = new ArrayList<>();
    private Phase phase;
    private String reason;
    private Boolean objectiveMet;
    private Urgency urgency = Urgency.NOW;

    Draft(JobState state, Instant now) {
        this.before = state;
        this.now = now;
        this.spec = state.spec();
        this.tasks = new LinkedHashMap<>(state.tasks());
        this.forks = new LinkedHashMap<>(state.forks());
        this.model = state.model();
        this.data = state.data();
        this.original = state.original();
        this.round = state.round();
        this.stepsBack = state.stepsBack();
        this.inputs = state.inputs();
        this.passed = new ArrayList<>(state.passed());
        this.chosen = state.chosen();
        this.chosenQuantized = state.chosenQuantized();
        this.finishedTasks = state.finishedTasks();
        this.reusedTasks = state.reusedTasks();
        this.failedTasks = new ArrayList<>(state.failedTasks());
        this.phase = state.phase();
        this.reason = state.reason();
        this.objectiveMet = state.objectiveMet();
        state.candidates().forEach(candidate -> candidates.put(candidate.id(), candidate));
    }

    String jobId() {
        return before.jobId();
    }

    boolean ended() {
        return phase.ended();
    }

    JobSpec.Round currentRound() {
        return spec.recipe().get(round - 1);
    }

    void issue(OpenTask open) {
        tasks.put(open.task().id(), open);
        commands.add(new Command.Issue(open.task()));
    }

    void issue(Task task, Purpose purpose, String candidate, String label) {
        issue(OpenTask.queued(task, purpose, candidate, label));
    }

    void announce(JobEvent.News news) {
        commands.add(new Command.Announce(news));
    }

    void soon() {
        urgency = Urgency.SOON;
    }

    void noteFailed(OpenTask open, String message) {
        failedTasks.add(open.failed(message));
    }

    List<TaskStatus> failedTasks() {
        return failedTasks;
    }

    Candidate candidate(String id) {
        return candidates.get(id);
    }

    List<Candidate> candidates() {
        return List.copyOf(candidates.values());
    }

    void put(Candidate candidate) {
        candidates.put(candidate.id(), candidate);
    }

    void update(String id, UnaryOperator<Candidate> change) {
        candidates.computeIfPresent(id, (key, candidate) -> change.apply(candidate));
    }

    void stand(String id, Standing standing, String why) {
        update(id, candidate -> Candidates.standing(candidate, standing, why));
    }

    void end(Phase end, String why, Boolean met) {
        phase = end;
        reason = why;
        objectiveMet = met;
        tasks.clear();
        forks.clear();
    }

    Decision decision() {
        JobState after = new JobState(
                before.jobId(),
                before.name(),
                spec,
                before.submittedAt(),
                phase.ended() ? now : null,
                phase,
                reason,
                objectiveMet,
                model,
                data,
                original,
                round,
                stepsBack,
                inputs,
                List.copyOf(passed),
                Collections.unmodifiableMap(tasks),
                Collections.unmodifiableMap(forks),
                List.copyOf(failedTasks),
                candidates(),
                chosen,
                chosenQuantized,
                finishedTasks,
                reusedTasks);
        return new Decision(after, List.copyOf(commands), urgency);
    }
}
