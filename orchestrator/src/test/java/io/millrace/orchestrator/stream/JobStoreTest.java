package io.millrace.orchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Json;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.RestAnswers;
import io.millrace.orchestrator.process.Command;
import io.millrace.orchestrator.process.Decision;
import io.millrace.orchestrator.process.JobProcess;
import io.millrace.orchestrator.process.JobState;
import io.millrace.orchestrator.process.OpenTask;
import io.millrace.orchestrator.process.ProcessSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** A job can be read back at any moment, whatever has happened to it. */
class JobStoreTest {
    private static final String JOB = "job-1";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LEASE = NOW.plusSeconds(10);

    private final JobProcess process = new JobProcess(ProcessSettings.DEFAULTS);
    private final List<Task> queue = new ArrayList<>();
    private MockProcessorContext<String, Outgoing> context;
    private JobStore store;

    @Property(tries = 20)
    void whatIsStoredIsTheWholeJob(@ForAll long seed) throws Exception {
        begin();
        Random random = new Random(seed);
        put(process.on(null, new JobEvent.Submitted(JOB, JobSpecReader.parse("""
                        model: s3://models/lenet.onnx
                        data: {train: s3://data/train, validation: s3://data/test}
                        recipe: svd-cp-int8
                        mac-ratio: 0.5
                        """)), NOW, "00-abc-def-01"));
        while (!store.get(JOB).isEnded()) {
            Task task = queue.remove(random.nextInt(queue.size()));
            say(new TaskEvent.Claimed(task.id(), JOB, task.attempt(), "w"));
            say(new TaskEvent.Progressed(task.id(), JOB, task.attempt(), "w", Progress.of("at work", 1, 2)));
            if (random.nextInt(5) == 0) {
                say(new TaskEvent.Released(task.id(), JOB, task.attempt(), "w"));
            } else {
                say(new TaskEvent.Completed(task.id(), JOB, task.attempt(), "w", RestAnswers.to(task), false));
            }
            assertReadBack();
        }
        assertThat(store.running()).isEmpty();
        for (String part : List.of("job-tasks", "job-forks", "job-fork-results", "job-candidates")) {
            try (var all =
                    context.<KeyValueStore<String, Object>>getStateStore(part).all()) {
                assertThat(all.hasNext()).as(part + " of an ended job").isFalse();
            }
        }
    }

    private void assertReadBack() {
        JobState state = store.get(JOB);
        if (state.isEnded()) {
            return;
        }
        JobStore again = new JobStore(context);
        again.load(LEASE);
        JobState read = again.get(JOB);
        assertThat(Json.fingerprint(read.head())).isEqualTo(Json.fingerprint(state.head()));
        assertThat(Json.fingerprint(read.candidates())).isEqualTo(Json.fingerprint(state.candidates()));
        assertThat(Json.fingerprint(read.forks())).isEqualTo(Json.fingerprint(state.forks()));
        assertThat(read.tasks().keySet()).isEqualTo(state.tasks().keySet());
        read.tasks().forEach((id, task) -> assertThat(Json.fingerprint(task))
                .isEqualTo(Json.fingerprint(leased(state.tasks().get(id)))));
    }

    /** Heartbeats are not stored. */
    private static OpenTask leased(OpenTask open) {
        return open.state() != State.RUNNING
                ? open
                : new OpenTask(
                        open.task(),
                        open.purpose(),
                        open.candidate(),
                        open.label(),
                        open.state(),
                        LEASE,
                        open.worker(),
                        null,
                        open.failures(),
                        open.reissues());
    }

    private void say(TaskEvent event) {
        put(process.on(store.get(JOB), event, NOW));
    }

    private void put(Decision decision) {
        if (decision.urgency() != Decision.Urgency.NONE) {
            store.put(decision.state());
        }
        decision.commands().stream()
                .filter(Command.Issue.class::isInstance)
                .map(command -> ((Command.Issue) command).task())
                .forEach(queue::add);
    }

    private void begin() {
        context = new MockProcessorContext<>();
        queue.clear();
        for (StoreBuilder<?> builder : JobStore.builders(Stores::inMemoryKeyValueStore)) {
            StateStore inMemory = builder.withLoggingDisabled().build();
            inMemory.init(context.getStateStoreContext(), inMemory);
            context.addStateStore(inMemory);
        }
        store = new JobStore(context);
    }
}
