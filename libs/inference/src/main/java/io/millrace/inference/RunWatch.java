package io.millrace.inference;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Ends calls into ONNX Runtime that take too long, or whose thread has been interrupted, from outside. */
final class RunWatch {
    private static final long LOOK_MILLIS = 50;
    private static final Set<Run> RUNNING = ConcurrentHashMap.newKeySet();
    private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "millrace-inference-clock");
        thread.setDaemon(true);
        return thread;
    });

    static {
        CLOCK.scheduleWithFixedDelay(RunWatch::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private RunWatch() {}

    private static void look() {
        long now = System.nanoTime();
        RUNNING.forEach(run -> run.look(now));
    }

    /** Why a run was ended from outside. */
    enum End {
        TIME_OVER,
        INTERRUPTED
    }

    /** One run of the thread that makes this; closing it ends the watch. */
    static final class Run implements AutoCloseable {
        private final RunOptions options;
        private final Thread thread = Thread.currentThread();
        private final long deadline;
        private boolean over;
        private End end;

        Run(Duration limit) throws OrtException {
            options = new RunOptions();
            deadline = System.nanoTime() + limit.toNanos();
            RUNNING.add(this);
        }

        RunOptions options() {
            return options;
        }

        /** {@code null} if nobody ended it. */
        synchronized End end() {
            return end;
        }

        private synchronized void look(long now) {
            if (over || end != null) {
                return;
            }
            End reason = thread.isInterrupted() ? End.INTERRUPTED : now - deadline > 0 ? End.TIME_OVER : null;
            if (reason != null) {
                end = reason;
                try {
                    options.setTerminate(true);
                } catch (OrtException e) {
                    throw new IllegalStateException("a run could not be ended", e);
                }
            }
        }

        @Override
        public void close() {
            RUNNING.remove(this);
            synchronized (this) {
                over = true;
                options.close();
            }
        }
    }
}
