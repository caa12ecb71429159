package io.millrace.tensor;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A thread for native work that takes denormal numbers as zero. libtorch keeps worker threads for each thread that calls
 * it, and they keep the handling of denormals that their caller had when they were made: so it is set on a new thread
 * before its first work, and the threads of others stay as they are. Callers wait to the end, interrupted or not; the
 * interrupt is theirs to see afterwards.
 */
final class NativeThread implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread made = new Thread(work, "libtorch");
        made.setDaemon(true);
        return made;
    });

    NativeThread(int threads) {
        call(() -> {
            Libtorch.flushDenormals(true);
            Libtorch.setThreads(threads);
            return null;
        });
    }

    /** Does the work on this thread, in a scope of its own, and waits for it. */
    <T> T call(Callable<T> work) {
        Future<T> future = thread.submit(() -> {
            try (NativeScope scope = NativeScope.open()) {
                return work.call();
            }
        });
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw asIs(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException asIs(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof RuntimeException unchecked) {
            return unchecked;
        }
        return new IllegalStateException(cause);
    }

    /** Ends the thread; no work is running then, as callers wait for theirs. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
