package io.millrace.orchestrator.process;

import java.time.Duration;

/**
 * How patient the process is.
 *
 * @param lease how long a worker may be silent before its task is given to another
 * @param maxAttempts after so many crashes (lost leases, unforeseen failures) a task has failed
 * @param backOff wait before the first retry of a failure; doubles each time
 * @param maxBackOff longest wait
 * @param retryFor how long transient failures are retried; then the task has failed
 * @param reissue silence about a queued task after which the same attempt is issued once more; doubles each time
 * @param maxReissue longest such silence
 */
public record ProcessSettings(
        Duration lease,
        int maxAttempts,
        Duration backOff,
        Duration maxBackOff,
        Duration retryFor,
        Duration reissue,
        Duration maxReissue) {
    public static final ProcessSettings DEFAULTS = new ProcessSettings(
            Duration.ofSeconds(10),
            3,
            Duration.ofSeconds(2),
            Duration.ofMinutes(1),
            Duration.ofMinutes(30),
            Duration.ofMinutes(1),
            Duration.ofHours(1));

    /** The wait after the {@code failures}-th failure, from 1. */
    Duration waitAfter(int failures) {
        return doubled(backOff, failures - 1, maxBackOff);
    }

    /** How long the queue may be silent about a task that was reissued so often. */
    Duration silence(int reissues) {
        return doubled(reissue, reissues, maxReissue);
    }

    private static Duration doubled(Duration first, int times, Duration longest) {
        Duration wait = first.multipliedBy(1L << Math.min(times, 20));
        return wait.compareTo(longest) > 0 ? longest : wait;
    }
}
