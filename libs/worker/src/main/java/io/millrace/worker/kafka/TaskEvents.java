package io.millrace.worker.kafka;

import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.DeadLetter;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jboss.logging.Logger;

/** Says what becomes of tasks. Safe for use by several threads. */
public final class TaskEvents implements AutoCloseable {
    static final String TRACE_PARENT = "traceparent";

    private static final Logger LOG = Logger.getLogger(TaskEvents.class);
    private static final Duration CLOSE = Duration.ofSeconds(3);
    private static final int REQUEST_MILLIS = 5_000;
    private static final int CONNECT_MILLIS = 3_000;

    private final KafkaConnection connection;
    private KafkaProducer<String, Message> producer;

    public TaskEvents(KafkaConnection connection) {
        this.connection = connection;
    }

    /** Made when it is needed: a broker whose name is not known yet is no reason not to start. */
    private synchronized KafkaProducer<String, Message> producer() {
        if (producer == null) {
            producer = open();
        }
        return producer;
    }

    private KafkaProducer<String, Message> open() {
        return new KafkaProducer<>(
                connection.with(Map.of(
                        "acks",
                        "all",
                        "enable.idempotence",
                        true,
                        "max.request.size",
                        TopicSettings.MAX_RECORD_BYTES,
                        // A broker that is gone is noticed well within a lease, and another one asked.
                        "request.timeout.ms",
                        REQUEST_MILLIS,
                        "socket.connection.setup.timeout.ms",
                        CONNECT_MILLIS,
                        "max.block.ms",
                        REQUEST_MILLIS * 2,
                        "delivery.timeout.ms",
                        REQUEST_MILLIS * 4)),
                new StringSerializer(),
                new EventSerializer());
    }

    /**
     * Publishes an event and waits until the broker has it.
     *
     * @throws KafkaException if the broker does not take it within half a minute
     */
    public void publish(TaskEvent event, Optional<byte[]> traceParent) {
        await(record(Topics.TASK_EVENTS, event, traceParent));
    }

    /** Publishes a heartbeat, without waiting: the next one follows soon. */
    public void heartbeat(TaskEvent event, Optional<byte[]> traceParent) {
        producer().send(record(Topics.TASK_EVENTS, event, traceParent), (metadata, failure) -> {
            if (failure != null) {
                LOG.warnf("Task %s: a heartbeat did not reach Kafka: %s", event.taskId(), failure.getMessage());
            }
        });
    }

    /** Puts a record that could not be understood where people find it. */
    public void publish(DeadLetter letter) {
        await(record(Topics.DEAD_LETTERS, letter, Optional.empty()));
    }

    @Override
    public synchronized void close() {
        if (producer != null) {
            producer.close(CLOSE);
        }
    }

    private void await(ProducerRecord<String, Message> record) {
        try {
            producer().send(record).get();
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "Kafka did not take %s: %s"
                            .formatted(record.value().getClass().getSimpleName(), e.getCause()),
                    e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("Interrupted", e);
        }
    }

    private static ProducerRecord<String, Message> record(String topic, Message message, Optional<byte[]> traceParent) {
        ProducerRecord<String, Message> record = new ProducerRecord<>(topic, message.jobId(), message);
        traceParent.ifPresent(value -> record.headers().add(TRACE_PARENT, value));
        return record;
    }
}
