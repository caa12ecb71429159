package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus.TaskStatus;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Progress where no line can be written over, as in a log: a line when a task begins and when it comes to something else;
 * while it counts on, one after each tenth, but not more often than every five seconds.
 */
final class ProgressLines implements ProgressView {
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final int SHARES = 10;

    /** One attempt of a task, and what was last said of it. */
    private static final class Told {
        private final ProgressTrack track = new ProgressTrack();
        private int phase = -1;
        private long tenth;
        private long at;
    }

    private final PrintStream out;
    private final LongSupplier nanos;
    private final Map<String, Told> tasks = new HashMap<>();

    /** @param nanos the clock */
    ProgressLines(PrintStream out, LongSupplier nanos) {
        this.out = out;
        this.nanos = nanos;
    }

    @Override
    public void show(List<TaskStatus> running) {
        for (TaskStatus task : running) {
            show(task, tasks.computeIfAbsent(ProgressView.key(task), key -> new Told()));
        }
    }

    private void show(TaskStatus task, Told told) {
        long now = nanos.getAsLong();
        ProgressTrack track = told.track;
        if (task.progress() != null) {
            track.report(task.progress(), now);
        }
        long tenth = track.total() == 0 ? 0 : SHARES * track.done() / track.total();
        boolean on = tenth > told.tenth && now - told.at >= PAUSE.toNanos();
        if (track.phase() != told.phase || on) {
            String words = track.words(now);
            out.println("  " + ProgressView.name(task) + (words.isEmpty() ? "" : ": " + words));
            told.phase = track.phase();
            told.tenth = tenth;
            told.at = now;
        }
    }

    @Override
    public void close() {
        // Lines stay.
    }
}
