package io.millrace.standalone.cli;

import io.millrace.contracts.task.Progress;
import java.time.Duration;
import java.util.Optional;

/**
 * How far one attempt of a task is. A task counts one thing after the other (layers measured, then models compared); each
 * is a phase with a count of its own, which only goes forward.
 */
final class ProgressTrack {
    private String doing = "";
    private long done;
    private long total;
    private long first;
    private long began;
    private int phase;

    /**
     * Takes in a report.
     *
     * @param now in nanoseconds
     */
    void report(Progress progress, long now) {
        boolean sameCount = progress.total() == total;
        boolean back = progress.done() < done;
        if (sameCount && back && progress.doing().equals(doing)) {
            return;
        }
        if (phase == 0 || !sameCount || back) {
            phase++;
            first = progress.done();
            began = now;
        }
        doing = progress.doing();
        done = progress.done();
        total = progress.total();
    }

    String doing() {
        return doing;
    }

    /** Things done, of {@link #total}. */
    long done() {
        return done;
    }

    /** 0 if it is not known. */
    long total() {
        return total;
    }

    /** Counts phases from 1; 0 before the first report. */
    int phase() {
        return phase;
    }

    Duration inPhase(long now) {
        return Duration.ofNanos(now - began);
    }

    /** Of this phase, by its speed so far; empty where that tells nothing yet. */
    Optional<Duration> left(long now) {
        if (total == 0 || done <= first || done > total) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(Math.round((double) (now - began) / (done - first) * (total - done))));
    }

    /** {@code measuring layer conv1, 12 of 60, about 40 s left}. */
    String words(long now) {
        String count = total == 0 ? "" : ", %d of %d".formatted(done, total);
        String left = left(now)
                .filter(time -> time.toSeconds() > 0)
                .map(time -> ", about " + words(time) + " left")
                .orElse("");
        return doing + count + left;
    }

    private static String words(Duration time) {
        return time.toMinutes() >= 2 ? time.toMinutes() + " min" : time.toSeconds() + " s";
    }
}
