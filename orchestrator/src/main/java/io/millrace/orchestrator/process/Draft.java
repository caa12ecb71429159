package io.millrace.orchestrator.process;

import io.millrace.contracts.Artifact;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.process.Decision.Urgency;
import java.time.Duration;
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

    private static final int MOST_FAILURES = 100;

    private final Duration silence;
    private final JobState before;
    private final Map<String, Candidate> candidates = new LinkedHashMap<>();
    private final List<TaskStatus> failedTasks;
    private final List<Command> commands = new ArrayList<>();
    private Phase phase;
    private String reason;
    private Boolean objectiveMet;
    private Urgency urgency = Urgency.SOON;

    /** @param silence after which a task that is issued now is issued once more */
    Draft(JobState state, Instant now, Duration silence) {
        this.silence = silence;
        this.before = state;
        this.now = now;
        this.spec = state.spec();
        this.tasks = new LinkedHashMap<>(state.tasks());
        this.forks = new LinkedHashMap<>(state.forks());
        this.model = state.original().model();
        this.data = state.original().data();
        this.original = state.original().figures();
        this.round = state.position().round();
        this.stepsBack = state.position().stepsBack();
        this.inputs = state.position().inputs();
        this.passed = new ArrayList<>(state.position().passed());
        this.chosen = state.result().chosen();
        this.chosenQuantized = state.result().chosenQuantized();
        this.finishedTasks = state.result().finishedTasks();
        this.reusedTasks = state.result().reusedTasks();
        this.failedTasks = new ArrayList<>(state.failedTasks());
        this.phase = state.end().phase();
        this.reason = state.end().reason();
        this.objectiveMet = state.end().objectiveMet();
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

    /** Puts a task into the queue; an attempt after the first fences off those before. */
    void issue(OpenTask open) {
        put(open);
        commands.add(new Command.Issue(open.task()));
    }

    void issue(Task task, Purpose purpose, String candidate, String label) {
        issue(OpenTask.queued(task, purpose, candidate, label, now.plus(silence)));
    }

    /** A task in its new state. */
    void put(OpenTask open) {
        OpenTask was = tasks.put(open.task().id(), open);
        if (was != null && was.task().attempt() < open.task().attempt()) {
            fence(TaskFence.below(jobId(), open.task().id(), open.task().attempt()));
        }
    }

    /** A worker has claimed a task of which there may be several records: the others are not to be worked on. */
    void claimed(OpenTask open) {
        put(open);
        if (open.reissues() > 0) {
            fence(new TaskFence(jobId(), open.task().id(), open.task().attempt(), open.worker()));
        }
    }

    /** A task has ended; its twins, if there may be some, are fenced off. */
    void done(OpenTask open) {
        tasks.remove(open.task().id());
        if (open.mayHaveTwins()) {
            fence(open.fence());
        }
    }

    /** Nobody needs the task any more, whoever is at it. */
    void drop(OpenTask open) {
        tasks.remove(open.task().id());
        fence(open.fence());
    }

    private void fence(TaskFence fence) {
        commands.add(new Command.Fence(fence));
    }

    void announce(JobEvent.News news) {
        urgency = Urgency.NOW;
        commands.add(new Command.Announce(news));
    }

    void noteFailed(OpenTask open, String message) {
        failedTasks.add(open.failed(message));
        if (failedTasks.size() > MOST_FAILURES) {
            failedTasks.remove(0);
        }
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
        candidates.replaceAll((id, candidate) -> candidate.state() == Standing.IN_WORK
                ? Candidates.standing(candidate, Standing.DROPPED, "not finished: the job has ended")
                : candidate);
        // What was decided to be done is not to be done any more.
        commands.removeIf(command -> !(command instanceof Command.Announce));
        fence(TaskFence.ofJob(jobId()));
    }

    Decision decision() {
        JobState after = new JobState(
                before.submission(),
                new JobState.End(phase, reason, objectiveMet, phase.ended() ? now : null),
                spec,
                new JobState.Original(model, data, original),
                new JobState.Position(round, stepsBack, inputs, List.copyOf(passed)),
                Collections.unmodifiableMap(tasks),
                Collections.unmodifiableMap(forks),
                List.copyOf(failedTasks),
                candidates(),
                new JobState.Result(chosen, chosenQuantized, finishedTasks, reusedTasks));
        return new Decision(after, List.copyOf(commands), urgency);
    }
}
