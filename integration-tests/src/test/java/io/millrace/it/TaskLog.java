package io.millrace.it;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Everything workers have said, with the time when they said it. */
final class TaskLog implements AutoCloseable {
    private final String bootstrapServers;
    private final List<Entry> entries = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::listen, "task-log");
    private volatile boolean closed;

    record Entry(TaskEvent event, Instant at) {}

    TaskLog(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
        thread.start();
    }

    <T extends TaskEvent> Stream<T> all(Class<T> type) {
        return entries.stream().map(Entry::event).filter(type::isInstance).map(type::cast);
    }

    /** When the first event of the kind was published; {@code null} if none was. */
    <T extends TaskEvent> Instant first(Class<T> type, Predicate<T> which) {
        return entries.stream()
                .filter(entry -> type.isInstance(entry.event()) && which.test(type.cast(entry.event())))
                .map(Entry::at)
                .findFirst()
                .orElse(null);
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
    }

    private void listen() {
        try (KafkaConsumer<String, Message> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "group.id", "log", "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new EventDeserializer())) {
            consumer.subscribe(List.of(Topics.TASK_EVENTS));
            while (!closed) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    if (record.value() instanceof TaskEvent event) {
                        entries.add(new Entry(event, Instant.ofEpochMilli(record.timestamp())));
                    }
                }
            }
        }
    }
}
