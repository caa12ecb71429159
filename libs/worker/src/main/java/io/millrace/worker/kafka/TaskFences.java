package io.millrace.worker.kafka;

import io.millrace.contracts.Reminder;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.task.Task;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;

/**
 * Tails {@code millrace.task-fences}, to tell which attempts nobody needs any more. Fences only rise, so whatever is read
 * twice, or in another order, invents nothing and forgets nothing.
 */
public final class TaskFences implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(TaskFences.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration REMIND = Duration.ofSeconds(30);

    /** The oldest are forgotten: whoever then takes such a task finds its result, or does what is not needed. */
    private static final int MOST = 200_000;

    private final KafkaConnection connection;
    private final Reminder reminder = new Reminder(LOG::warn, REMIND);
    private final Thread thread = new Thread(this::run, "millrace-task-fences");

    /** The highest fence of each key. */
    private final Map<String, TaskFence> fences = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, TaskFence> eldest) {
            return size() > MOST;
        }
    });

    /** Where reading goes on after an interruption. */
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    private volatile boolean closed;

    public TaskFences(KafkaConnection connection) {
        this.connection = connection;
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** Whether this worker is not, or no longer, to work on the task. */
    public boolean obsolete(Task task, String worker) {
        TaskFence fence = fences.get(TaskFence.below(task.jobId(), task.id(), 0).key());
        return fences.containsKey(TaskFence.ofJob(task.jobId()).key())
                || fence != null && fence.obsolete(task.attempt(), worker);
    }

    @Override
    public void close() {
        closed = true;
    }

    void note(TaskFence fence) {
        fences.merge(fence.key(), fence, TaskFence::or);
    }

    private void run() {
        while (!closed) {
            try {
                tail();
            } catch (KafkaException e) {
                reminder.say("The fences of tasks cannot be read, trying again: "
                        + (e.getCause() == null ? e : e.getCause()).getMessage());
                sleep();
            }
        }
    }

    private void tail() {
        try (KafkaConsumer<String, Message> consumer = new KafkaConsumer<>(
                connection.consumer(Map.of("isolation.level", "read_committed", "enable.auto.commit", false)),
                new StringDeserializer(),
                new EventDeserializer())) {
            List<TopicPartition> partitions = partitions(consumer);
            consumer.assign(partitions);
            seek(consumer, partitions);
            while (!closed) {
                for (var record : consumer.poll(POLL)) {
                    if (record.value() instanceof TaskFence fence) {
                        note(fence);
                    }
                }
                partitions.forEach(partition -> positions.put(partition, consumer.position(partition)));
            }
        }
    }

    private void seek(KafkaConsumer<String, Message> consumer, List<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            if (positions.containsKey(partition)) {
                consumer.seek(partition, positions.get(partition));
            } else {
                consumer.seekToBeginning(List.of(partition));
            }
        }
    }

    private List<TopicPartition> partitions(KafkaConsumer<String, Message> consumer) {
        while (!closed) {
            var found = consumer.partitionsFor(Topics.TASK_FENCES);
            if (found != null && !found.isEmpty()) {
                return found.stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
            }
            sleep();
        }
        return List.of();
    }

    private static void sleep() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
