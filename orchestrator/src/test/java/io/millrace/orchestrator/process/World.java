package io.millrace.orchestrator.process;

import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.RestAnswers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** One job, with workers that answer at once; every state goes through JSON, as in the store. */
final class World {
    static final String JOB = "job-1";

    final JobProcess process = new JobProcess(ProcessSettings.DEFAULTS);
    final Deque<Task> queue = new ArrayDeque<>();
    final List<Task> issued = new ArrayList<>();
    final List<JobEvent.News> news = new ArrayList<>();
    final List<TaskFence> fences = new ArrayList<>();
    /** Everything that has happened since the job was submitted. */
    final List<Consumer<World>> played = new ArrayList<>();

    boolean leasesEnd = true;
    JobState state;
    Instant now = Instant.parse("2026-01-01T00:00:00Z");

    static World submitted(String yaml) {
        World world = new World();
        world.submit(yaml);
        return world;
    }

    void submit(String yaml) {
        try {
            apply(process.on(state, new JobEvent.Submitted(JOB, JobSpecReader.parse(yaml)), now, null));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Works until nothing is left to do. */
    World run(Function<Task, Outcome> work) {
        while (!queue.isEmpty()) {
            Task task = queue.poll();
            claim(task);
            try {
                complete(task, work.apply(task));
            } catch (Refusal refusal) {
                fail(task, refusal.kind, refusal.getMessage());
            }
        }
        return this;
    }

    World run() {
        return run(RestAnswers::to);
    }

    void claim(Task task) {
        on(new TaskEvent.Claimed(task.id(), JOB, task.attempt(), "w"));
    }

    void complete(Task task, Outcome outcome) {
        on(new TaskEvent.Completed(task.id(), JOB, task.attempt(), "w", outcome, false));
    }

    void fail(Task task, FailureKind kind, String message) {
        on(new TaskEvent.Failed(task.id(), JOB, task.attempt(), "w", kind, message));
    }

    void on(TaskEvent event) {
        played.add(world -> world.on(event));
        apply(process.on(state, event, now));
    }

    void cancel() {
        apply(process.on(state, new JobEvent.CancelRequested(JOB, "enough"), now, null));
    }

    void pass(Duration time) {
        played.add(world -> world.pass(time));
        now = now.plus(time);
        apply(process.beat(state, now, leasesEnd));
    }

    void replay(List<Consumer<World>> events) {
        events.forEach(event -> event.accept(this));
    }

    Task next() {
        return queue.remove();
    }

    Candidate candidate(String id) {
        return state.candidates().stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    List<Task> issuedFor(String stage, String action) {
        return issued.stream()
                .filter(task -> task.stage().equals(stage) && task.action().equals(action))
                .toList();
    }

    private void apply(Decision decision) {
        state = throughJson(decision.state());
        for (Command command : decision.commands()) {
            if (command instanceof Command.Issue issue) {
                issued.add(issue.task());
                queue.add(issue.task());
            } else if (command instanceof Command.Announce announce) {
                news.add(announce.news());
            } else if (command instanceof Command.Fence fence) {
                fences.add(fence.fence());
            }
        }
    }

    private static JobState throughJson(JobState state) {
        try {
            JobState read = Json.mapper().readValue(Json.mapper().writeValueAsBytes(state), JobState.class);
            if (!Json.fingerprint(read).equals(Json.fingerprint(state))) {
                throw new AssertionError("the state does not survive the store: " + state + "\n" + read);
            }
            return read;
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A failure that a stage answers with. */
    static final class Refusal extends RuntimeException {
        private final FailureKind kind;

        Refusal(FailureKind kind, String message) {
            super(message);
            this.kind = kind;
        }
    }
}
