package io.millrace.orchestrator.board;

import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.job.JobStatus;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * One who follows a job. What waits for him is bounded: the fact that the status has changed (which status is looked up
 * when he takes it), some news, and the number of those he missed.
 */
public final class Follower {
    static final int MOST_NEWS = 64;

    private final Supplier<Optional<JobStatus>> board;
    private final MultiEmitter<? super Update> emitter;
    private final Executor executor;
    private final AtomicInteger wakeUps = new AtomicInteger();
    private final Deque<JobEvent.News> news = new ArrayDeque<>();
    private boolean changed = true;
    private long missed;

    /** What a follower gets. */
    public sealed interface Update {}

    /** A status, or news. */
    public record Said(Message message) implements Update {}

    /** So many news came faster than they were taken; the stream goes on. */
    public record Missed(long missed) implements Update {}

    Follower(Supplier<Optional<JobStatus>> board, MultiEmitter<? super Update> emitter, Executor executor) {
        this.board = board;
        this.emitter = emitter;
        this.executor = executor;
    }

    void statusChanged() {
        synchronized (this) {
            changed = true;
        }
        wake();
    }

    void said(JobEvent.News latest) {
        synchronized (this) {
            if (news.size() == MOST_NEWS) {
                news.removeFirst();
                missed++;
            }
            news.addLast(latest);
        }
        wake();
    }

    /** Sends what waits, if it is wanted; on one worker thread at a time. */
    void wake() {
        if (wakeUps.getAndIncrement() == 0) {
            executor.execute(this::send);
        }
    }

    private void send() {
        int handled = wakeUps.get();
        while (handled != 0) {
            try {
                while (emitter.requested() > 0 && !emitter.isCancelled() && sendNext()) {}
            } catch (RuntimeException e) {
                emitter.fail(e);
                return;
            }
            handled = wakeUps.addAndGet(-handled);
        }
    }

    private boolean sendNext() {
        Optional<Update> next = next();
        next.ifPresent(update -> {
            emitter.emit(update);
            if (update instanceof Said said
                    && said.message() instanceof JobStatus status
                    && status.phase().ended()) {
                emitter.complete();
            }
        });
        return next.isPresent();
    }

    private Optional<Update> next() {
        synchronized (this) {
            if (missed > 0) {
                Update gap = new Missed(missed);
                missed = 0;
                return Optional.of(gap);
            }
            if (!news.isEmpty()) {
                return Optional.of(new Said(news.removeFirst()));
            }
            if (!changed) {
                return Optional.empty();
            }
            changed = false;
        }
        return board.get().map(Said::new);
    }
}
