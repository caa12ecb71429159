package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class NativeThreadTest {
    private static final int LARGE = 1 << 20;

    @Test
    void denormalsAreZeroOnAllOfItsWorkersAndNowhereElse() {
        try (NativeScope scope = NativeScope.open()) {
            Libtorch.setThreads(4);
            // The workers of this thread exist from here on.
            assertThat(denormalsLeft()).isEqualTo(LARGE);
            try (NativeThread thread = new NativeThread(4)) {
                assertThat((long) thread.call(NativeThreadTest::denormalsLeft)).isZero();
                assertThat((long) thread.call(NativeThreadTest::denormalsLeft)).isZero();
                assertThat(denormalsLeft()).isEqualTo(LARGE);
            }
        }
    }

    private static long denormalsLeft() {
        var tiny = torch.full(new long[] {LARGE}, new Scalar(1e-30f), new TensorOptions(ScalarType.Float));
        return tiny.mul(new Scalar(1e-10f))
                .mul(new Scalar(1e30f))
                .gt(new Scalar(0))
                .sum()
                .item_long();
    }

    @Test
    void anInterruptedCallerWaitsToTheEndAndKeepsItsInterrupt() throws InterruptedException {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicBoolean endedBefore = new AtomicBoolean();
        AtomicBoolean interrupted = new AtomicBoolean();
        try (NativeThread thread = new NativeThread(1)) {
            Thread caller = new Thread(() -> {
                thread.call(() -> {
                    began.countDown();
                    go.await();
                    ended.set(true);
                    return null;
                });
                endedBefore.set(ended.get());
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            caller.start();
            began.await();
            caller.interrupt();
            caller.join(100);
            assertThat(caller.isAlive()).isTrue();

            go.countDown();
            caller.join();

            assertThat(endedBefore).isTrue();
            assertThat(interrupted).isTrue();
        }
    }

    @Test
    void whatTheWorkThrowsIsThrown() {
        try (NativeThread thread = new NativeThread(1)) {
            assertThatThrownBy(() -> thread.call(() -> {
                        throw new IllegalArgumentException("no");
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no");
        }
    }
}
