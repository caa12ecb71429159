package io.millrace.orchestrator.stream;

import io.millrace.contracts.Stages;
import io.millrace.contracts.TopicCreator;
import io.millrace.contracts.TopicSettings;
import io.millrace.orchestrator.stream.Outgoing.JobFailure;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Which stages may be named, and their queues, made when they are first needed: nothing can be sent to a topic that is
 * not there. For several threads.
 */
class Queues {
    private final Map<String, Object> connection;
    private final Optional<Set<String>> allowed;
    private final int most;
    private final Set<String> known = new HashSet<>(Stages.BUILT_IN);

    /**
     * @param connection settings of Kafka's admin client
     * @param allowed the outside stages that jobs may name; empty for any
     * @param most how many of them there may be if any is allowed: each is a topic
     */
    Queues(Map<String, Object> connection, Optional<Set<String>> allowed, int most) {
        this.connection = connection;
        this.allowed = allowed;
        this.most = most;
    }

    /**
     * Returns when the stage's queue is there.
     *
     * @throws JobFailure if the stage may not be named, or the broker refuses its queue
     * @throws KafkaException if the broker is away: try again
     */
    synchronized void ensure(String stage) {
        if (known.contains(stage)) {
            return;
        }
        if (allowed.isPresent() && !allowed.get().contains(stage)) {
            throw new JobFailure("the stage \"" + stage + "\" is none of those allowed here ("
                    + String.join(", ", allowed.get().stream().sorted().toList())
                    + "): ask for it to be added to millrace.orchestrator.outside-stages");
        }
        if (allowed.isEmpty() && known.size() - Stages.BUILT_IN.size() >= most) {
            throw new JobFailure("the stage \"" + stage + "\" would be one more than the " + most
                    + " outside stages allowed here (millrace.orchestrator.most-outside-stages)");
        }
        try {
            create(TopicSettings.queueOf(stage));
        } catch (KafkaException e) {
            if (e.getCause() instanceof RetriableException) {
                throw e;
            }
            throw new JobFailure("the queue of stage \"" + stage + "\" cannot be made: " + e.getMessage());
        }
        known.add(stage);
    }

    void create(TopicSettings queue) {
        TopicCreator.create(connection, List.of(queue));
    }
}
