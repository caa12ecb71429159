package io.millrace.standalone.server;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The orchestrator and every stage service as one Quarkus application, on a thread of its own. */
final class Services implements AutoCloseable {
    private static final int LONGEST_STOP_SECONDS = 30;

    private static final CountDownLatch STARTED = new CountDownLatch(1);
    private static final CountDownLatch STOPPED = new CountDownLatch(1);
    private static final AtomicReference<Throwable> FAILURE = new AtomicReference<>();

    private Services() {}

    /** Starts them, once in a JVM, and returns when they answer. */
    static Services start() {
        Thread thread = new Thread(
                () -> Quarkus.run(Application.class, (exitCode, failure) -> {
                    FAILURE.set(failure);
                    STOPPED.countDown();
                    STARTED.countDown();
                }),
                "services");
        thread.setDaemon(true);
        thread.start();
        boolean interrupted = false;
        while (true) {
            try {
                STARTED.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (FAILURE.get() != null) {
            Throwable root = FAILURE.get();
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new IllegalStateException("the services did not start: " + root.getMessage(), FAILURE.get());
        }
        return new Services();
    }

    void awaitStop() throws InterruptedException {
        STOPPED.await();
    }

    /** Gives all tasks back and stops. */
    @Override
    public void close() {
        if (STOPPED.getCount() == 0) {
            return;
        }
        Quarkus.asyncExit(0);
        try {
            STOPPED.await(LONGEST_STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs until it is told to stop. */
    public static final class Application implements QuarkusApplication {
        @Override
        public int run(String... args) {
            STARTED.countDown();
            Quarkus.waitForExit();
            return 0;
        }
    }
}
