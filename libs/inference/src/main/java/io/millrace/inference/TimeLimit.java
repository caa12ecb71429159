package io.millrace.inference;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ends calls into ONNX Runtime that take too long. */
final class TimeLimit {
    private static final ScheduledThreadPoolExecutor CLOCK = clock();

    private TimeLimit() {}

    private static ScheduledThreadPoolExecutor clock() {
        ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "millrace-inference-clock");
            thread.setDaemon(true);
            return thread;
        });
        clock.setRemoveOnCancelPolicy(true);
        return clock;
    }

    /** One run: closing it disarms the limit. */
    static final class Run implements AutoCloseable {
        private final RunOptions options;
        private final ScheduledFuture<?> alarm;
        private boolean over;
        private boolean expired;

        Run(Duration limit) throws OrtException {
            options = new RunOptions();
            alarm = CLOCK.schedule(this::expire, limit.toMillis(), TimeUnit.MILLISECONDS);
        }

        RunOptions options() {
            return options;
        }

        synchronized boolean expired() {
            return expired;
        }

        private synchronized void expire() {
            if (!over) {
                try {
                    expired = true;
                    options.setTerminate(true);
                } catch (OrtException e) {
                    throw new IllegalStateException("a run past its time limit could not be ended", e);
                }
            }
        }

        @Override
        public synchronized void close() {
            over = true;
            alarm.cancel(false);
            options.close();
        }
    }

    /**
     * Loading cannot be interrupted from Java: past the limit the caller goes on, and the loading thread, a daemon, is
     * left to itself; what it may still load is closed by {@code late}.
     */
    static <T> T load(Callable<T> loading, Duration limit, java.util.function.Consumer<T> late) throws Exception {
        java.util.concurrent.atomic.AtomicBoolean abandoned = new java.util.concurrent.atomic.AtomicBoolean();
        FutureTask<T> task = new FutureTask<>(() -> {
            T loaded = loading.call();
            if (abandoned.get()) {
                late.accept(loaded);
            }
            return loaded;
        });
        Thread thread = new Thread(task, "millrace-model-loader");
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            abandoned.set(true);
            throw e;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
