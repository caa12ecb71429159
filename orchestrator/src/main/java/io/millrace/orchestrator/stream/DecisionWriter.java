package io.millrace.orchestrator.stream;

import io.millrace.contracts.Topics;
import io.millrace.orchestrator.process.Command;
import io.millrace.orchestrator.process.Decision;
import io.millrace.orchestrator.process.Decision.Urgency;
import io.millrace.orchestrator.process.JobState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Carries out what the process decides. Everything that can fail is done before the state is stored, so that only what
 * is sent is remembered; state and records are committed together.
 */
final class DecisionWriter {
    private final JobStore store;
    private final Queues queues;
    private final StatusPublisher statuses;
    private final Consumer<Outgoing> out;

    DecisionWriter(JobStore store, Queues queues, StatusPublisher statuses, Consumer<Outgoing> out) {
        this.store = store;
        this.queues = queues;
        this.statuses = statuses;
        this.out = out;
    }

    /**
     * Stores and sends.
     *
     * @throws Outgoing.JobFailure if the job cannot go on; nothing is stored or sent
     * @throws org.apache.kafka.common.KafkaException if Kafka is away: the event is to be played again
     */
    void carryOut(Decision decision, Instant now) {
        JobState state = decision.state();
        if (decision.urgency() == Urgency.NONE) {
            return;
        }
        List<Outgoing> records = new ArrayList<>();
        for (Command command : decision.commands()) {
            records.add(outgoing(command).checked());
        }
        store.put(state);
        records.forEach(out);
        if (decision.urgency() == Urgency.SOON) {
            statuses.later(state, now);
        } else {
            statuses.now(state, now);
        }
    }

    private Outgoing outgoing(Command command) {
        if (command instanceof Command.Issue issue) {
            queues.ensure(issue.task().stage());
            return Outgoing.of(Topics.tasks(issue.task().stage()), issue.task());
        }
        if (command instanceof Command.Fence fence) {
            return Outgoing.of(Topics.TASK_FENCES, fence.fence())
                    .withKey(fence.fence().key());
        }
        return Outgoing.of(Topics.JOB_EVENTS, ((Command.Announce) command).news());
    }
}
