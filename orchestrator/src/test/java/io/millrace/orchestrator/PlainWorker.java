package io.millrace.orchestrator;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Task;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A stage as an outsider would write it, with nothing but Kafka's own clients: takes tasks, answers with events. */
public final class PlainWorker implements AutoCloseable {
    private final Thread thread;
    private volatile boolean running = true;

    /** @param work answers a task; {@code null} leaves it unanswered, as a worker does that dies */
    public PlainWorker(String bootstrap, Collection<String> stages, Function<Task, Outcome> work) {
        Map<String, Object> reading = Map.of(
                "bootstrap.servers", bootstrap,
                "group.id", "plain-worker",
                "auto.offset.reset", "earliest",
                "isolation.level", "read_committed");
        Map<String, Object> writing = Map.of("bootstrap.servers", bootstrap, "acks", "all");
        thread = new Thread(
                () -> {
                    try (var consumer =
                                    new KafkaConsumer<>(reading, new StringDeserializer(), new EventDeserializer());
                            var producer =
                                    new KafkaProducer<>(writing, new StringSerializer(), new EventSerializer())) {
                        consumer.subscribe(stages.stream().map(Topics::tasks).toList());
                        while (running) {
                            consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                                if (record.value() instanceof Task task) {
                                    answer(producer, task, work);
                                }
                            });
                        }
                    }
                },
                "plain-worker");
        thread.start();
    }

    private static void answer(KafkaProducer<String, Message> producer, Task task, Function<Task, Outcome> work) {
        send(producer, new TaskEvent.Claimed(task.id(), task.jobId(), task.attempt(), "plain"));
        Outcome outcome = work.apply(task);
        if (outcome != null) {
            send(producer, new TaskEvent.Completed(task.id(), task.jobId(), task.attempt(), "plain", outcome, false));
        }
    }

    private static void send(KafkaProducer<String, Message> producer, TaskEvent event) {
        producer.send(new ProducerRecord<>(Topics.TASK_EVENTS, event.jobId(), event));
        producer.flush();
    }

    @Override
    public void close() {
        running = false;
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
