package io.millrace.worker.run;

import java.util.function.BooleanSupplier;

/**
 * How many tasks may compute at a time in this JVM, whatever their stages. A loop looks for work only while a permit is
 * free, so that tasks stay in their queues for other workers; if two find work at the same moment, one waits here.
 */
public final class ComputePermits {
    private int free;

    public ComputePermits(int permits) {
        free = permits;
    }

    /** Waits until a permit is free, without taking it; at most so long. */
    synchronized boolean awaitFree(long millis) throws InterruptedException {
        if (free == 0) {
            wait(millis);
        }
        return free > 0;
    }

    /** Takes a permit, waiting for one as long as {@code giveUp} says no; tells whether it has. */
    synchronized boolean acquire(BooleanSupplier giveUp) throws InterruptedException {
        while (free == 0) {
            if (giveUp.getAsBoolean()) {
                return false;
            }
            wait(100);
        }
        free--;
        return true;
    }

    synchronized void release() {
        free++;
        notifyAll();
    }
}
