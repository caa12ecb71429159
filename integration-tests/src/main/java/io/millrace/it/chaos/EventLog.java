package io.millrace.it.chaos;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Everything that was said of jobs and tasks and committed, from the beginning, with the time when it was said. */
public final class EventLog implements AutoCloseable {
    private static final List<String> TOPICS = List.of(Topics.TASK_EVENTS, Topics.JOB_EVENTS, Topics.DEAD_LETTERS);

    private final String bootstrapServers;
    private final Consumer<Message> heard;
    private final List<Entry> entries = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::listen, "event-log");
    private volatile boolean closed;
    private volatile boolean caughtUp;

    /** One record. */
    public record Entry(Message message, Instant at) {}

    /** Begins to listen; {@code heard} is told of each message, on a thread of the log. */
    public EventLog(String bootstrapServers, Consumer<Message> heard) {
        this.bootstrapServers = bootstrapServers;
        this.heard = heard;
        thread.setDaemon(true);
        thread.start();
    }

    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** All messages of a kind, in the order of their partitions. */
    public <T extends Message> Stream<T> all(Class<T> type) {
        return entries.stream().map(Entry::message).filter(type::isInstance).map(type::cast);
    }

    /** Whether nothing is left to read at this moment. */
    public boolean caughtUp() {
        return caughtUp;
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
    }

    private void listen() {
        try (KafkaConsumer<String, Message> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        "read_committed",
                        "allow.auto.create.topics",
                        false),
                new StringDeserializer(),
                new EventDeserializer())) {
            List<TopicPartition> partitions = TOPICS.stream()
                    .flatMap(topic -> consumer.partitionsFor(topic).stream())
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!closed) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    entries.add(new Entry(record.value(), Instant.ofEpochMilli(record.timestamp())));
                    heard.accept(record.value());
                }
                caughtUp = partitions.stream()
                        .allMatch(partition -> consumer.currentLag(partition).orElse(1) == 0);
            }
        }
    }
}
