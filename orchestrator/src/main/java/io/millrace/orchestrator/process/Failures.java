package io.millrace.orchestrator.process;

import java.time.Instant;

/**
 * What went wrong with a task so far.
 *
 * @param crashes lost leases and failures that nobody foresaw: the work itself may be their cause
 * @param transients times that the world was in the way
 * @param since the first of those; {@code null} if there was none
 * @param last message of the last failure
 */
public record Failures(int crashes, int transients, Instant since, String last) {
    static final Failures NONE = new Failures(0, 0, null, null);

    Failures crashed(String message) {
        return new Failures(crashes + 1, transients, since, message);
    }

    Failures passing(Instant now, String message) {
        return new Failures(crashes, transients + 1, since == null ? now : since, message);
    }
}
