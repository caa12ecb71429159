package io.millrace.contracts;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/** Creates the topics that are missing. Any service may do so at its start, several at a time. */
public final class TopicCreator {
    private static final long TIMEOUT_SECONDS = 30;

    private TopicCreator() {}

    /**
     * Creates those topics that are not there, with the broker's default replication; leaves the others as they are.
     *
     * @param connection Kafka client settings, at least {@code bootstrap.servers}
     * @throws IllegalStateException if the broker cannot be reached or refuses
     */
    public static void create(Map<String, Object> connection, List<TopicSettings> topics) {
        try (Admin admin = Admin.create(connection)) {
            Set<String> existing = admin.listTopics().names().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            List<NewTopic> missing = topics.stream()
                    .filter(topic -> !existing.contains(topic.name()))
                    .map(TopicCreator::newTopic)
                    .toList();
            for (var created : admin.createTopics(missing).values().entrySet()) {
                await(created.getKey(), created.getValue());
            }
        } catch (ExecutionException | TimeoutException e) {
            throw failure(String.valueOf(connection.get("bootstrap.servers")), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(String.valueOf(connection.get("bootstrap.servers")), e);
        }
    }

    /** All topics of {@link TopicSettings#all()}. */
    public static void createAll(String bootstrapServers) {
        create(Map.of("bootstrap.servers", bootstrapServers), TopicSettings.all());
    }

    private static void await(String topic, org.apache.kafka.common.KafkaFuture<Void> created)
            throws InterruptedException, TimeoutException {
        try {
            created.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw failure("topic " + topic, e);
            }
        }
    }

    private static NewTopic newTopic(TopicSettings topic) {
        return new NewTopic(topic.name(), Optional.of(topic.partitions()), Optional.empty())
                .configs(topic.configuration());
    }

    private static IllegalStateException failure(String what, Exception e) {
        Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
        return new IllegalStateException("Kafka at fault while topics were made (" + what + "): " + cause, e);
    }
}
