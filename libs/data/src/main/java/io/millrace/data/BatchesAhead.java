package io.millrace.data;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.IntFunction;

/** One iteration: a thread decodes up to three batches ahead of whoever takes them. */
final class BatchesAhead implements Iterator<Batch> {
    private static final int AHEAD = 3;

    /** A batch, or what went wrong instead. */
    private record Decoded(Batch batch, RuntimeException failure) {}

    private final BlockingQueue<Decoded> ready = new ArrayBlockingQueue<>(AHEAD);
    private final int count;
    private final Thread thread;
    private int taken;

    BatchesAhead(IntFunction<Batch> decoder, int count) {
        this.count = count;
        this.thread = new Thread(() -> decode(decoder), "millrace-decoder");
        thread.setDaemon(true);
        thread.start();
    }

    private void decode(IntFunction<Batch> decoder) {
        try {
            for (int i = 0; i < count && !Thread.currentThread().isInterrupted(); i++) {
                ready.put(new Decoded(decoder.apply(i), null));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            fail(e);
        } catch (OutOfMemoryError e) {
            fail(new InvalidDataException("a batch does not fit into memory; use a smaller batch", e));
        }
    }

    private void fail(RuntimeException failure) {
        try {
            ready.put(new Decoded(null, failure));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean hasNext() {
        return taken < count;
    }

    @Override
    public Batch next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        try {
            Decoded decoded = ready.take();
            taken++;
            if (decoded.failure() != null) {
                taken = count;
                throw decoded.failure();
            }
            return decoded.batch();
        } catch (InterruptedException e) {
            stop();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for data", e);
        }
    }

    void stop() {
        taken = count;
        thread.interrupt();
    }
}
