package io.millrace.orchestrator.board;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.orchestrator.board.Follower.Missed;
import io.millrace.orchestrator.board.Follower.Said;
import io.millrace.orchestrator.board.Follower.Update;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FollowerTest {
    private final ExecutorService executor = Executors.newSingleThreadExecutor(r -> new Thread(r, "board-reader"));
    private final AtomicReference<JobStatus> board = new AtomicReference<>(status(0, Phase.RUNNING));
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicReference<String> readBy = new AtomicReference<>();
    private Follower follower;

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    @Test
    void whoIsSlowGetsTheNewestAndIsToldWhatHeMissed() {
        // given one who takes nothing while much happens
        AssertSubscriber<Update> slow = follow().subscribe().withSubscriber(AssertSubscriber.create(1));
        slow.awaitItems(1);
        for (int i = 1; i <= 5000; i++) {
            board.set(status(i, Phase.RUNNING));
            follower.statusChanged();
            follower.said(new JobEvent.Accepted("job", "news " + i));
        }

        // when he goes on
        slow.request(Long.MAX_VALUE);
        slow.awaitItems(1 + 1 + Follower.MOST_NEWS + 1);

        // then he is told, gets what was kept, and one status: the newest
        List<Update> got = slow.getItems();
        assertThat(got.get(1)).isEqualTo(new Missed(5000 - Follower.MOST_NEWS));
        assertThat(got.get(2)).isEqualTo(new Said(new JobEvent.Accepted("job", "news 4937")));
        assertThat(got.get(got.size() - 1)).isEqualTo(new Said(board.get()));
        assertThat(reads.get()).isEqualTo(2);
        assertThat(readBy.get()).isEqualTo("board-reader");

        // and the stream goes on to its end
        board.set(status(5001, Phase.COMPLETED));
        follower.statusChanged();
        slow.awaitCompletion();
        assertThat(slow.getLastItem()).isEqualTo(new Said(board.get()));
    }

    @Test
    void aBoardThatCannotBeReadEndsTheStreamWithItsReason() {
        AssertSubscriber<Update> subscriber = follow().subscribe().withSubscriber(AssertSubscriber.create(10));
        subscriber.awaitItems(1);
        board.set(null);

        follower.statusChanged();

        subscriber.awaitFailure().assertFailedWith(NullPointerException.class);
    }

    private Multi<Update> follow() {
        return Multi.createFrom()
                .emitter(
                        emitter -> {
                            follower = new Follower(this::read, emitter, executor);
                            emitter.onRequest(wanted -> follower.wake());
                            follower.wake();
                        },
                        BackPressureStrategy.ERROR);
    }

    private Optional<JobStatus> read() {
        reads.incrementAndGet();
        readBy.set(Thread.currentThread().getName());
        return Optional.of(board.get());
    }

    private static JobStatus status(int finishedTasks, Phase phase) {
        return new JobStatus(
                "job",
                "name",
                phase,
                null,
                null,
                null,
                Instant.EPOCH,
                null,
                0,
                1,
                null,
                null,
                List.of(),
                List.of(),
                null,
                null,
                0,
                finishedTasks,
                0);
    }
}
