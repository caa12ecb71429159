package io.millrace.worker.kafka;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Task;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;

/**
 * Tails the state of all jobs, to tell which tasks nobody needs any more: those of a job that has ended, and attempts
 * that a later one has overtaken.
 */
public final class JobWatch implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(JobWatch.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int DONE = Integer.MAX_VALUE;

    private final KafkaConnection connection;
    private final Thread thread = new Thread(this::run, "millrace-job-watch");
    /** Latest attempt of each task by job; of a job that has ended only that it has. */
    private final Map<String, Job> jobs = new ConcurrentHashMap<>();

    private volatile boolean closed;

    private record Job(boolean ended, Map<String, Integer> attempts) {}

    public JobWatch(KafkaConnection connection) {
        this.connection = connection;
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** Whether nobody needs this attempt of the task any more. */
    public boolean obsolete(Task task) {
        Job job = jobs.get(task.jobId());
        return job != null && (job.ended() || job.attempts().getOrDefault(task.id(), 0) > task.attempt());
    }

    @Override
    public void close() {
        closed = true;
    }

    /** Takes note of a job's new state. */
    void note(JobStatus status) {
        if (status.phase().ended()) {
            jobs.put(status.jobId(), new Job(true, Map.of()));
            return;
        }
        Job before = jobs.get(status.jobId());
        Map<String, Integer> attempts = new HashMap<>();
        if (before != null) {
            // A task that was listed and is no more has ended, whoever did it.
            before.attempts().keySet().forEach(task -> attempts.put(task, DONE));
        }
        status.tasks().forEach(task -> attempts.put(task.taskId(), task.attempt()));
        jobs.put(status.jobId(), new Job(false, Map.copyOf(attempts)));
    }

    private void run() {
        while (!closed) {
            try {
                tail();
            } catch (KafkaException e) {
                LOG.warnf("The state of jobs cannot be read, trying again: %s", e.getMessage());
                sleep();
            }
        }
    }

    private void tail() {
        try (KafkaConsumer<String, Message> consumer = new KafkaConsumer<>(
                connection.with(Map.of("isolation.level", "read_committed", "enable.auto.commit", false)),
                new StringDeserializer(),
                new EventDeserializer())) {
            List<TopicPartition> partitions = partitions(consumer);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!closed) {
                for (var record : consumer.poll(POLL)) {
                    if (record.value() instanceof JobStatus status) {
                        note(status);
                    } else if (record.value() == null) {
                        jobs.remove(record.key());
                    }
                }
            }
        }
    }

    private List<TopicPartition> partitions(KafkaConsumer<String, Message> consumer) {
        while (!closed) {
            var found = consumer.partitionsFor(Topics.JOB_STATUS);
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
