package io.millrace.contracts;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Says what something waits for: at once if it is new, and else only now and then, however often it is looked at. For
 * several threads.
 */
public final class Reminder {
    private final Consumer<String> log;
    private final long everyNanos;
    private String last;
    private long saidAt;

    /** @param every how long the same is not said again */
    public Reminder(Consumer<String> log, Duration every) {
        this.log = log;
        this.everyNanos = every.toNanos();
    }

    public synchronized void say(String text) {
        long now = System.nanoTime();
        if (!text.equals(last) || now - saidAt >= everyNanos) {
            last = text;
            saidAt = now;
            log.accept(text);
        }
    }

    /** It waits no longer: says so if it has said that it did. */
    public synchronized void over(String text) {
        if (last != null) {
            last = null;
            log.accept(text);
        }
    }
}
