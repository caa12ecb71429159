package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Evaluation;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Shows a job in the terminal as it happens: what is at work, and a line for each thing that is done. */
final class JobWatcher {
    private static final Duration POLL = Duration.ofMillis(400);
    private static final Duration GIVE_UP = Duration.ofSeconds(60);

    private final MillraceClient client;
    private final PrintStream out;
    private final ProgressView view;
    private final Set<String> evaluated = new HashSet<>();
    private final Set<String> failed = new HashSet<>();
    private boolean originalShown;

    JobWatcher(MillraceClient client, PrintStream out) {
        this(client, out, terminal() ? new ProgressBars() : new ProgressLines(out, System::nanoTime));
    }

    JobWatcher(MillraceClient client, PrintStream out, ProgressView view) {
        this.client = client;
        this.out = out;
        this.view = view;
    }

    /** Whether a line can be written over. */
    private static boolean terminal() {
        String kind = System.getenv("TERM");
        return System.console() != null && kind != null && !kind.equals("dumb");
    }

    /** Watches until the job ends, and gives its last state. */
    JobStatus watch(String jobId) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + GIVE_UP.toNanos();
        try {
            while (true) {
                Optional<JobStatus> seen = look(jobId);
                if (seen.isPresent()) {
                    show(seen.get());
                    if (seen.get().phase().ended()) {
                        return seen.get();
                    }
                } else if (System.nanoTime() > deadline) {
                    throw new UserException("job " + jobId + " was submitted, but no orchestrator has taken it for "
                            + GIVE_UP.toSeconds() + " s: is one running?");
                }
                Thread.sleep(POLL.toMillis());
            }
        } finally {
            view.close();
        }
    }

    /** An installation that goes away for a while loses nothing, nor do we. */
    private Optional<JobStatus> look(String jobId) throws IOException, InterruptedException {
        long until = System.nanoTime() + GIVE_UP.toNanos();
        boolean told = false;
        while (true) {
            try {
                return client.status(jobId);
            } catch (UserException e) {
                if (!(e.getCause() instanceof IOException) || System.nanoTime() > until) {
                    throw e;
                }
                if (!told) {
                    line(e.getMessage() + "; trying again for " + GIVE_UP.toSeconds() + " s");
                    told = true;
                }
                Thread.sleep(POLL.toMillis());
            }
        }
    }

    void show(JobStatus job) {
        if (!originalShown && job.original() != null) {
            originalShown = true;
            line("original: " + figures(job, job.original()));
        }
        for (TaskStatus task : job.tasks()) {
            if (task.state() == State.FAILED && failed.add(task.taskId())) {
                line("failed: " + ProgressView.name(task) + ": " + task.failure());
            }
        }
        for (Candidate candidate : job.candidates()) {
            if (candidate.evaluation() != null && evaluated.add(candidate.id())) {
                line("candidate %s (%s): %s"
                        .formatted(candidate.id(), candidate.label(), figures(job, candidate.evaluation())));
            }
        }
        view.show(job.tasks().stream()
                .filter(task -> task.state() == State.RUNNING)
                .toList());
    }

    private void line(String text) {
        view.close();
        out.println(text);
    }

    private static String figures(JobStatus job, Evaluation figures) {
        String metric = CandidateTable.metric(job);
        String text = metric + " " + CandidateTable.percent(figures.metrics().get(metric)) + ", "
                + (figures.macs() == null ? "MACs not counted" : "%,d MACs".formatted(figures.macs()))
                + ", %,d parameters, %,d bytes".formatted(figures.parameters(), figures.bytes());
        if (job.original() != null && figures != job.original()) {
            text += ", MAC ratio "
                    + CandidateTable.ratio(figures.macs(), job.original().macs());
        }
        Evaluation.Latency latency = figures.latency();
        return latency == null
                ? text
                : text
                        + ", %.2f ms for %s (original %.2f, speed-up %s)"
                                .formatted(
                                        latency.medianMillis(),
                                        CandidateTable.conditions(latency),
                                        latency.originalMedianMillis(),
                                        latency.speed());
    }
}
