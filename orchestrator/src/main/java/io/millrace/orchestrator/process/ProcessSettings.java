package io.millrace.orchestrator.process;

import java.time.Duration;

/**
 * How patient the process is.
 *
 * @param lease how long a worker may be silent before its task is given to another
 * @param maxAttempts after so many lost leases and transient failures a task has failed
 * @param backOff wait before the first retry of a transient failure; doubles each time
 * @param maxBackOff longest wait
 */
public record ProcessSettings(Duration lease, int maxAttempts, Duration backOff, Duration maxBackOff) {
    public static final ProcessSettings DEFAULTS =
            new ProcessSettings(Duration.ofSeconds(10), 3, Duration.ofSeconds(2), Duration.ofMinutes(1));

    /** The wait after the {@code failures}-th transient failure, from 1. */
    Duration waitAfter(int failures) {
        Duration wait = backOff.multipliedBy(1L << Math.min(failures - 1, 20));
        return wait.compareTo(maxBackOff) > 0 ? maxBackOff : wait;
    }
}
