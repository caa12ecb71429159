package io.millrace.worker.kafka;

import io.millrace.contracts.TopicCreator;
import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.Message;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A stage's queue: a share group over its topic, one record at a time. A record is accepted as soon as its task is
 * claimed; from then on the task is held by its heartbeats, not by the record's lock. For one thread.
 */
public final class TaskQueue implements AutoCloseable {
    /** A share poll does not wake when a transaction commits, it waits its whole time: so the wait is short. */
    private static final Duration POLL = Duration.ofMillis(100);

    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final Duration ACKNOWLEDGE = Duration.ofSeconds(20);

    private final KafkaShareConsumer<String, Message> consumer;

    private TaskQueue(KafkaShareConsumer<String, Message> consumer) {
        this.consumer = consumer;
    }

    /** A record taken from the queue, locked until it is accepted, rejected or its lock runs out. */
    public record Taken(ConsumerRecord<String, Message> record) {

        /** What it holds: a task, or something that is none. */
        public Message message() {
            return record.value();
        }

        /** Where its trace goes on, if it is traced. */
        public Optional<byte[]> traceParent() {
            return Optional.ofNullable(record.headers().lastHeader(TaskEvents.TRACE_PARENT))
                    .map(header -> header.value());
        }
    }

    /**
     * Joins the group of a stage's workers; topics and group settings are made if they are missing.
     *
     * @throws KafkaException if the broker cannot be reached or refuses
     */
    public static TaskQueue open(KafkaConnection connection, String stage, Duration recordLock) {
        String group = "millrace-" + stage;
        TopicCreator.create(
                connection.settings(),
                Stream.concat(TopicSettings.all().stream(), Stream.of(TopicSettings.queueOf(stage)))
                        .distinct()
                        .toList());
        ShareGroup.configure(connection, group, recordLock);
        KafkaShareConsumer<String, Message> consumer = new KafkaShareConsumer<>(
                connection.consumer(Map.of(
                        "group.id",
                        group,
                        "default.api.timeout.ms",
                        (int) ACKNOWLEDGE.toMillis(),
                        "share.acknowledgement.mode",
                        "explicit",
                        "share.acquire.mode",
                        "record_limit",
                        "max.poll.records",
                        1,
                        "max.poll.interval.ms",
                        (int) TimeUnit.DAYS.toMillis(1),
                        "fetch.max.wait.ms",
                        (int) POLL.toMillis() / 2)),
                new StringDeserializer(),
                new EventDeserializer());
        consumer.subscribe(Set.of(Topics.tasks(stage)));
        return new TaskQueue(consumer);
    }

    /** Waits a tenth of a second for a record. What it returns must be accepted or rejected before the next call. */
    public Optional<Taken> poll() {
        for (ConsumerRecord<String, Message> record : consumer.poll(POLL)) {
            return Optional.of(new Taken(record));
        }
        return Optional.empty();
    }

    /**
     * Takes the record off the queue for good.
     *
     * @return false if its lock had run out meanwhile, so that others get it
     */
    public boolean accept(Taken taken) {
        return acknowledge(taken, AcknowledgeType.ACCEPT);
    }

    /** Takes a record off the queue that nobody can treat. */
    public void reject(Taken taken) {
        acknowledge(taken, AcknowledgeType.REJECT);
    }

    /** Gives the record back at once. */
    public void release(Taken taken) {
        acknowledge(taken, AcknowledgeType.RELEASE);
    }

    @Override
    public void close() {
        consumer.close(CLOSE);
    }

    private boolean acknowledge(Taken taken, AcknowledgeType type) {
        consumer.acknowledge(taken.record(), type);
        return consumer.commitSync().values().stream().allMatch(Optional::isEmpty);
    }
}
