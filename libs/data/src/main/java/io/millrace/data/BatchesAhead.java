package io.millrace.data;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** One iteration: a thread decodes up to three batches ahead of whoever takes them. */
final class BatchesAhead implements Iterator<Batch> {
    private static final int AHEAD = 3;
    private static final long LOOK_MILLIS = 200;

    private final BlockingQueue<Batch> ready = new ArrayBlockingQueue<>(AHEAD);
    private final int count;
    private final Thread thread;
    private volatile Throwable failure;
    private volatile String stopped;
    private int taken;

    BatchesAhead(IntFunction<Batch> decoder, int count) {
        this.count = count;
        this.thread = new Thread(() -> decode(decoder), "millrace-decoder");
        thread.setDaemon(true);
        thread.start();
    }

    private void decode(IntFunction<Batch> decoder) {
        try {
            for (int i = 0; i < count && stopped == null; i++) {
                ready.put(decoder.apply(i));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            failure = e;
        }
    }

    @Override
    public boolean hasNext() {
        return taken < count;
    }

    /**
     * Waits for the next batch.
     *
     * @throws IllegalStateException if the iteration was ended by somebody else, or the thread interrupted
     */
    @Override
    public Batch next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        try {
            while (true) {
                if (stopped != null) {
                    throw new IllegalStateException("this iteration has ended: " + stopped);
                }
                boolean over = !thread.isAlive();
                Batch batch = ready.poll(over ? 0 : LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (batch != null) {
                    taken++;
                    return batch;
                }
                if (over) {
                    RuntimeException failed = failed();
                    taken = count;
                    throw failed;
                }
            }
        } catch (InterruptedException e) {
            stop("the reader was interrupted");
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for data", e);
        }
    }

    private RuntimeException failed() {
        if (failure instanceof RuntimeException exception) {
            return exception;
        }
        if (failure instanceof OutOfMemoryError) {
            return new InvalidDataException(
                    "out of memory (%s) while decoding batch %d of %d; give the process more memory, or use smaller"
                                    .formatted(failure.getMessage(), taken, count)
                            + " batches or shards",
                    failure);
        }
        return new IllegalStateException("the thread that decodes batches has died: " + failure, failure);
    }

    /** Ends the iteration, unless it is over; a reader that goes on is told the reason. */
    void stop(String reason) {
        if (taken < count || thread.isAlive()) {
            stopped = reason;
            thread.interrupt();
        }
    }
}
