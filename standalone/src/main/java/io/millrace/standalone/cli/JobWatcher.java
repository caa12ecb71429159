package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Progress;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows a job in the terminal as it happens: a bar for the task at work, a line for each thing that is done. */
final class JobWatcher {
    private static final Duration POLL = Duration.ofMillis(400);
    private static final Duration GIVE_UP = Duration.ofSeconds(60);

    private final MillraceClient client;
    private final PrintStream out;
    private final boolean terminal = System.console() != null;
    private final Map<String, String> described = new HashMap<>();
    private final Set<String> evaluated = new HashSet<>();
    private final Set<String> failed = new HashSet<>();
    private boolean originalShown;
    private String barTask;
    private ProgressBar bar;

    JobWatcher(MillraceClient client, PrintStream out) {
        this.client = client;
        this.out = out;
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
            closeBar();
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

    private void show(JobStatus job) {
        if (!originalShown && job.original() != null) {
            originalShown = true;
            line("original: " + figures(job, job.original()));
        }
        for (TaskStatus task : job.tasks()) {
            if (task.state() == State.FAILED && failed.add(task.taskId())) {
                line("failed: " + name(task) + ": " + task.failure());
            } else if (task.state() == State.RUNNING) {
                showRunning(task);
            }
        }
        if (barTask != null
                && job.tasks().stream().noneMatch(t -> t.taskId().equals(barTask) && t.state() == State.RUNNING)) {
            closeBar();
        }
        for (Candidate candidate : job.candidates()) {
            if (candidate.evaluation() != null && evaluated.add(candidate.id())) {
                line("candidate %s (%s): %s"
                        .formatted(candidate.id(), candidate.label(), figures(job, candidate.evaluation())));
            }
        }
    }

    private void showRunning(TaskStatus task) {
        Progress progress = task.progress();
        if (!terminal) {
            String doing = progress == null ? "" : progress.doing();
            if (!doing.equals(described.put(task.taskId(), doing))) {
                out.println("  " + name(task) + (doing.isEmpty() ? "" : ": " + doing + counts(progress)));
            }
            return;
        }
        if (!task.taskId().equals(barTask)) {
            closeBar();
            barTask = task.taskId();
            bar = new ProgressBarBuilder()
                    .setTaskName(name(task))
                    .setInitialMax(-1)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(200)
                    .build();
        }
        if (progress != null) {
            bar.maxHint(progress.total() == 0 ? -1 : progress.total());
            bar.stepTo(progress.done());
            bar.setExtraMessage(progress.doing() + " " + currentFigures(progress));
        }
    }

    private void closeBar() {
        if (bar != null) {
            bar.close();
            bar = null;
            barTask = null;
        }
    }

    private void line(String text) {
        closeBar();
        out.println(text);
    }

    private static String name(TaskStatus task) {
        String whom = task.candidate() == null ? "" : " " + task.candidate();
        String label = task.label() == null || task.label().isEmpty() ? "" : " (" + task.label() + ")";
        String again = task.attempt() > 1 ? ", attempt " + task.attempt() : "";
        return task.stage() + " " + task.action() + whom + label + again;
    }

    private static String counts(Progress progress) {
        return progress.total() == 0 ? "" : " " + progress.done() + "/" + progress.total();
    }

    private static String currentFigures(Progress progress) {
        return progress.figures().entrySet().stream()
                .map(f -> f.getKey() + " %.4g".formatted(f.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String figures(JobStatus job, Evaluation figures) {
        String metric = job.spec() == null ? "top1" : job.spec().objective().metric();
        String text = metric + " " + CandidateTable.percent(figures.metrics().get(metric)) + ", "
                + "%,d MACs, %,d parameters, %,d bytes"
                        .formatted(figures.macs(), figures.parameters(), figures.bytes());
        if (job.original() != null && figures != job.original()) {
            text += ", MAC ratio "
                    + CandidateTable.ratio(figures.macs(), job.original().macs());
        }
        Evaluation.Latency latency = figures.latency();
        return latency == null ? text : text + ", %.2f ms (%s)".formatted(latency.medianMillis(), latency.speed());
    }
}
