package io.millrace.orchestrator.process;

import io.millrace.contracts.FailureKind;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Leases, heartbeats, retries, fencing, forks: everything about tasks that does not depend on what they are for. */
final class TaskLife {
    /** More parts than that are no way to spread work, and their results would not fit into one record. */
    private static final int MOST_PARTS = 8_192;

    private final ProcessSettings settings;
    private final RecipeWalk walk;

    TaskLife(ProcessSettings settings, RecipeWalk walk) {
        this.settings = settings;
        this.walk = walk;
    }

    /**
     * Whether the event still matters: its task is open, its attempt is the current one, and nobody else holds it. A
     * result is welcome from any attempt and anybody: the first one counts.
     */
    static boolean matters(JobState state, TaskEvent event) {
        OpenTask open = state.tasks().get(event.taskId());
        if (open == null || event instanceof TaskEvent.Completed) {
            return open != null;
        }
        return event.attempt() == open.task().attempt()
                && open.state() != State.WAITING_TO_RETRY
                && !open.heldByAnother(event.worker());
    }

    void apply(Draft job, TaskEvent event) {
        OpenTask open = job.tasks.get(event.taskId());
        if (event instanceof TaskEvent.Claimed) {
            job.claimed(open.running(event.worker(), null, job.now.plus(settings.lease())));
        } else if (event instanceof TaskEvent.Progressed progressed) {
            progressed(job, open, progressed.worker(), progressed.progress());
        } else if (event instanceof TaskEvent.Released) {
            job.issue(open.again(reissueAt(job)));
        } else if (event instanceof TaskEvent.Failed failed) {
            failed(job, open, failed.failure(), failed.message());
        } else if (event instanceof TaskEvent.Completed completed) {
            completed(job, open, completed.outcome(), completed.reused());
        }
    }

    /**
     * Works through what is due: leases that ran out, retries, and queued tasks that nobody has claimed.
     *
     * @param leasesEnd whether the workers' heartbeats would have been heard; else no lease runs out
     */
    void beat(Draft job, boolean leasesEnd) {
        for (OpenTask open : List.copyOf(job.tasks.values())) {
            boolean due = open.due() != null && !open.due().isAfter(job.now);
            if (!due || !job.tasks.containsKey(open.task().id())) {
                continue;
            }
            switch (open.state()) {
                case WAITING_TO_RETRY -> job.issue(open.queuedAgain(reissueAt(job)));
                case QUEUED -> job.issue(open.reissued(job.now.plus(settings.silence(open.reissues() + 1))));
                default -> {
                    if (leasesEnd) {
                        leaseLost(job, open);
                    }
                }
            }
        }
    }

    private Instant reissueAt(Draft job) {
        return job.now.plus(settings.silence(0));
    }

    private void progressed(Draft job, OpenTask open, String worker, Progress progress) {
        job.put(open.running(worker, progress, job.now.plus(settings.lease())));
    }

    private void leaseLost(Draft job, OpenTask open) {
        String message = "worker " + open.worker() + " went silent";
        OpenTask failed = open.with(open.failures().crashed(message));
        int crashes = failed.failures().crashes();
        if (crashes >= settings.maxAttempts()) {
            end(job, failed, FailureKind.CRASHED, message + ", the last of " + crashes + " attempts");
        } else {
            job.issue(failed.again(reissueAt(job)));
        }
    }

    private void failed(Draft job, OpenTask open, FailureKind kind, String message) {
        if (kind.isFinal()) {
            end(job, open, kind, message);
        } else if (kind == FailureKind.TRANSIENT) {
            Failures failures = open.failures().passing(job.now, message);
            boolean tooLong = !failures.since().plus(settings.retryFor()).isAfter(job.now);
            retry(job, open.with(failures), kind, tooLong, failures.transients());
        } else {
            Failures failures = open.failures().crashed(message);
            retry(job, open.with(failures), kind, failures.crashes() >= settings.maxAttempts(), failures.crashes());
        }
    }

    private void retry(Draft job, OpenTask failed, FailureKind kind, boolean noMore, int times) {
        if (noMore) {
            end(job, failed, kind, failed.failures().last() + " (tried " + times + " times)");
        } else {
            job.put(failed.waiting(job.now.plus(settings.waitAfter(times))));
        }
    }

    private void completed(Draft job, OpenTask open, Outcome outcome, boolean reused) {
        Optional<String> excess = excess(job, open.purpose(), outcome);
        if (excess.isPresent()) {
            end(job, open, FailureKind.UNSUPPORTED, excess.get());
            return;
        }
        job.done(open);
        job.finishedTasks++;
        job.reusedTasks += reused ? 1 : 0;
        if (outcome instanceof Outcome.Fork fork) {
            fork(job, open, fork);
        } else if (open.purpose() instanceof Purpose.Part part) {
            partDone(job, part, (Outcome.Result) outcome);
        } else {
            walk.done(job, open, (Outcome.Result) outcome);
        }
    }

    private void fork(Draft job, OpenTask open, Outcome.Fork fork) {
        String forkId = open.task().id();
        if (fork.parts().size() > MOST_PARTS) {
            String message = "forked into " + fork.parts().size() + " parts; at most " + MOST_PARTS + " are allowed";
            end(job, open, FailureKind.UNSUPPORTED, message);
            return;
        }
        job.forks.put(forkId, OpenFork.of(open, fork));
        for (int i = 0; i < fork.parts().size(); i++) {
            Outcome.Part part = fork.parts().get(i);
            Task task = Tasks.partOf(open.task(), i, part);
            job.issue(task, new Purpose.Part(forkId, i), open.candidate(), part.name());
        }
        joinIfComplete(job, forkId);
    }

    private static Optional<String> excess(Draft job, Purpose purpose, Outcome outcome) {
        return purpose instanceof Purpose.Part part && outcome instanceof Outcome.Result result
                ? Optional.ofNullable(job.forks.get(part.forkId())).flatMap(fork -> fork.excess(result))
                : Optional.empty();
    }

    private void partDone(Draft job, Purpose.Part part, Outcome.Result result) {
        job.forks.computeIfPresent(part.forkId(), (id, fork) -> fork.with(part.index(), result));
        joinIfComplete(job, part.forkId());
    }

    private void joinIfComplete(Draft job, String forkId) {
        OpenFork fork = job.forks.get(forkId);
        if (fork != null && fork.complete()) {
            job.forks.remove(forkId);
            Task join = Tasks.joinOf(fork.task(), fork.join(), fork.results());
            job.issue(
                    join,
                    fork.purpose(),
                    fork.candidate(),
                    fork.label() + ": " + fork.join().name());
        }
    }

    /** A task has failed for good. A part takes its whole fork with it. */
    private void end(Draft job, OpenTask open, FailureKind kind, String message) {
        job.done(open);
        job.noteFailed(open, message);
        Purpose purpose = open.purpose();
        while (purpose instanceof Purpose.Part part) {
            OpenFork fork = job.forks.remove(part.forkId());
            List.copyOf(job.tasks.values()).stream()
                    .filter(other -> isPartOf(job, other.purpose(), part.forkId()))
                    .forEach(job::drop);
            List.copyOf(job.forks.entrySet()).stream()
                    .filter(inner -> isPartOf(job, inner.getValue().purpose(), part.forkId()))
                    .map(java.util.Map.Entry::getKey)
                    .toList()
                    .forEach(job.forks::remove);
            purpose = fork.purpose();
        }
        walk.failed(job, purpose, open, kind, message);
    }

    /** Whether it belongs to the fork, directly or through forks within it. */
    private static boolean isPartOf(Draft job, Purpose purpose, String forkId) {
        while (purpose instanceof Purpose.Part part) {
            if (part.forkId().equals(forkId)) {
                return true;
            }
            OpenFork outer = job.forks.get(part.forkId());
            purpose = outer == null ? null : outer.purpose();
        }
        return false;
    }
}
