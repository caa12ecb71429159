package io.millrace.orchestrator.stream;

import io.millrace.contracts.Stages;
import io.millrace.contracts.TopicCreator;
import io.millrace.contracts.TopicSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Makes the queues of outside stages when they are first needed: nothing can be sent to a topic that is not there. */
class Queues {
    private final Map<String, Object> connection;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /** @param connection settings of Kafka's admin client */
    Queues(Map<String, Object> connection) {
        this.connection = connection;
        known.addAll(Stages.BUILT_IN);
    }

    void ensure(String stage) {
        if (!known.contains(stage)) {
            create(TopicSettings.queueOf(stage));
            known.add(stage);
        }
    }

    void create(TopicSettings queue) {
        TopicCreator.create(connection, List.of(queue));
    }
}
