package io.millrace.worker.run;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Counts and times a stage's tasks: {@code millrace.tasks} by stage, action and end, {@code millrace.tasks.running}. */
final class LoopMetrics {
    private final MeterRegistry registry;
    private final String stage;
    private final AtomicInteger running = new AtomicInteger();

    LoopMetrics(MeterRegistry registry, String stage) {
        this.registry = registry;
        this.stage = stage;
        Gauge.builder("millrace.tasks.running", running, AtomicInteger::get)
                .description("Tasks this worker is at")
                .tag("stage", stage)
                .register(registry);
    }

    void run(String action, Supplier<TaskRunner.End> work) {
        running.incrementAndGet();
        Timer.Sample sample = Timer.start(registry);
        try {
            sample.stop(timer(action, work.get()));
        } finally {
            running.decrementAndGet();
        }
    }

    void ended(String action, TaskRunner.End end) {
        timer(action, end).record(Duration.ZERO);
    }

    private Timer timer(String action, TaskRunner.End end) {
        return Timer.builder("millrace.tasks")
                .description("Tasks done, and how long they took")
                .tag("stage", stage)
                .tag("action", action)
                .tag("end", end.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }
}
