package io.millrace.inference;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Loads something native on a thread of its own, because it cannot be ended from outside. Whoever waits is bound by a time
 * limit; what is loaded after that is closed by the loading thread itself. An interrupt does not end the waiting, so that
 * no process goes down in the middle of a load: it is answered when the load is over.
 *
 * @param <T> what is loaded
 */
final class Loading<T> {
    private final Consumer<T> closer;
    private final CountDownLatch done = new CountDownLatch(1);
    private T loaded;
    private Throwable failure;
    private boolean abandoned;

    private Loading(Consumer<T> closer) {
        this.closer = closer;
    }

    /**
     * @param closer gives back what nobody waits for any more
     * @throws TimeoutException if it takes longer
     * @throws InterruptedException if the caller was interrupted while it waited; nothing is left behind then
     */
    static <T> T of(Callable<T> work, Duration limit, Consumer<T> closer) throws Exception {
        Loading<T> loading = new Loading<>(closer);
        Thread thread = new Thread(() -> loading.run(work), "millrace-model-loader");
        thread.setDaemon(true);
        thread.start();
        return loading.await(limit);
    }

    private void run(Callable<T> work) {
        T result = null;
        Throwable thrown = null;
        try {
            result = work.call();
        } catch (Throwable e) {
            thrown = e;
        }
        synchronized (this) {
            loaded = result;
            failure = thrown;
            if (abandoned && result != null) {
                closer.accept(result);
            }
        }
        done.countDown();
    }

    private T await(Duration limit) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        boolean interrupted = false;
        boolean over = false;
        while (!over) {
            try {
                over = done.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (!over) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        synchronized (this) {
            boolean ended = done.getCount() == 0;
            if (!ended || interrupted) {
                abandoned = true;
                if (loaded != null) {
                    closer.accept(loaded);
                }
                if (interrupted) {
                    throw new InterruptedException();
                }
                throw new TimeoutException();
            }
        }
        if (failure instanceof Exception exception) {
            throw exception;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        return loaded;
    }
}
