package io.millrace.orchestrator.stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.millrace.contracts.Stages;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.orchestrator.process.JobState;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** What this instance is responsible for, as metrics. */
@ApplicationScoped
public class OpenJobs {
    private final Map<String, Map<String, Long>> queuedByJob = new ConcurrentHashMap<>();
    private final Set<String> stages = new TreeSet<>(Stages.BUILT_IN);
    private final MultiGauge queued;
    private final Counter lostLeases;
    private final Counter deadLetters;
    private final Counter rerouted;
    private final Counter unknownJobs;

    OpenJobs(MeterRegistry meters) {
        Gauge.builder("millrace.jobs.running", queuedByJob, Map::size)
                .description("Jobs that have not ended")
                .register(meters);
        queued = MultiGauge.builder("millrace.tasks.queued")
                .description("Tasks issued and not yet taken")
                .register(meters);
        lostLeases = Counter.builder("millrace.leases.lost")
                .description("Tasks taken from a worker that went silent")
                .register(meters);
        rerouted = Counter.builder("millrace.messages.rerouted")
                .description("Records that came to the wrong partition and were sent on")
                .register(meters);
        unknownJobs = Counter.builder("millrace.messages.unknown.job")
                .description("Events of workers about jobs that there are not")
                .register(meters);
        deadLetters = Counter.builder("millrace.messages.unreadable")
                .description("Records sent to the dead letters")
                .register(meters);
    }

    void rerouted() {
        rerouted.increment();
    }

    void unknownJob() {
        unknownJobs.increment();
    }

    void update(JobState state) {
        if (state.isEnded()) {
            queuedByJob.remove(state.jobId());
        } else {
            queuedByJob.put(state.jobId(), queuedByStage(state));
        }
    }

    void forget(String jobId) {
        queuedByJob.remove(jobId);
    }

    void leaseLost() {
        lostLeases.increment();
    }

    void deadLetter() {
        deadLetters.increment();
    }

    /** Brings the gauges up to date. A stage that nothing waits for stands at 0: what is not there cannot be watched. */
    synchronized void publish() {
        Map<String, Long> byStage = queuedByJob.values().stream()
                .flatMap(stages -> stages.entrySet().stream())
                .collect(Collectors.groupingBy(Map.Entry::getKey, Collectors.summingLong(Map.Entry::getValue)));
        stages.addAll(byStage.keySet());
        List<MultiGauge.Row<?>> rows = stages.stream()
                .<MultiGauge.Row<?>>map(
                        stage -> MultiGauge.Row.of(Tags.of("stage", stage), byStage.getOrDefault(stage, 0L)))
                .toList();
        queued.register(rows, true);
    }

    private static Map<String, Long> queuedByStage(JobState state) {
        return state.tasks().values().stream()
                .collect(Collectors.groupingBy(
                        open -> open.task().stage(),
                        Collectors.summingLong(open -> open.state() == State.QUEUED ? 1 : 0)));
    }
}
