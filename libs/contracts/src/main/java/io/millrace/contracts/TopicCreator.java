package io.millrace.contracts;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;

/** Creates the topics that are missing. Any service may do so at its start, several at a time. */
public final class TopicCreator {
    private static final long TIMEOUT_SECONDS = 30;
    private static final int ANSWER_MILLIS = 5_000;

    private TopicCreator() {}

    /**
     * Creates those topics that are not there, with the broker's default replication; leaves the others as they are.
     *
     * @param connection Kafka client settings, at least {@code bootstrap.servers}
     * @throws KafkaException if the broker cannot be reached or refuses; its cause tells which
     */
    public static void create(Map<String, Object> connection, List<TopicSettings> topics) {
        String what = String.valueOf(connection.get("bootstrap.servers"));
        try (Admin admin = admin(connection)) {
            // A broker that is away is noticed soon.
            Set<String> existing = await(
                    what,
                    admin.listTopics(new ListTopicsOptions().timeoutMs(ANSWER_MILLIS))
                            .names());
            List<NewTopic> missing = topics.stream()
                    .filter(topic -> !existing.contains(topic.name()))
                    .map(TopicCreator::newTopic)
                    .toList();
            admin.createTopics(missing).values().forEach((topic, created) -> {
                try {
                    await("topic " + topic, created);
                } catch (KafkaException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw e;
                    }
                }
            });
        }
    }

    static Admin admin(Map<String, Object> connection) {
        try {
            return Admin.create(connection);
        } catch (KafkaException e) {
            // Such as a host name that nobody knows yet.
            throw failure(String.valueOf(connection.get("bootstrap.servers")), e.getCause() == null ? e : e.getCause());
        }
    }

    private static NewTopic newTopic(TopicSettings topic) {
        return new NewTopic(topic.name(), Optional.of(topic.partitions()), Optional.empty())
                .configs(topic.configuration());
    }

    static <T> T await(String what, KafkaFuture<T> future) {
        try {
            return future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw failure(what, e.getCause());
        } catch (TimeoutException e) {
            throw failure(what, new org.apache.kafka.common.errors.TimeoutException("no answer", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(what, new org.apache.kafka.common.errors.InterruptException(e));
        }
    }

    private static KafkaException failure(String what, Throwable cause) {
        String reason = cause instanceof org.apache.kafka.common.errors.TimeoutException
                ? "it does not answer"
                : String.valueOf(cause.getMessage());
        return new KafkaException("Kafka at fault while topics were made (" + what + "): " + reason, cause);
    }
}
