package io.millrace.orchestrator.stream;

import io.millrace.contracts.Reminder;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;

/** The news of all jobs, as they come, for those who follow on this instance: each instance hears all of it, from now on. */
final class NewsReader implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(NewsReader.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration REMIND = Duration.ofSeconds(30);

    private final Map<String, Object> settings;
    private final Consumer<JobEvent.News> listener;
    private final Reminder reminder = new Reminder(LOG::warn, REMIND);
    private final Thread thread = new Thread(this::run, "millrace-news");

    /** Where reading goes on after an interruption. */
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    private volatile boolean closed;

    NewsReader(Map<String, Object> connection, Consumer<JobEvent.News> listener) {
        this.settings = new HashMap<>(connection);
        settings.remove("group.id");
        settings.put("enable.auto.commit", false);
        settings.put("allow.auto.create.topics", false);
        settings.put("isolation.level", "read_committed");
        this.listener = listener;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @Override
    public void close() {
        closed = true;
    }

    private void run() {
        while (!closed) {
            try {
                tail();
            } catch (KafkaException e) {
                reminder.say("The news of jobs cannot be read, trying again: "
                        + (e.getCause() == null ? e : e.getCause()).getMessage());
                pause();
            }
        }
    }

    private void tail() {
        try (KafkaConsumer<String, Message> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new EventDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topics.JOB_EVENTS).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            for (TopicPartition partition : partitions) {
                if (positions.containsKey(partition)) {
                    consumer.seek(partition, positions.get(partition));
                } else {
                    consumer.seekToEnd(List.of(partition));
                }
            }
            while (!closed) {
                consumer.poll(POLL).forEach(record -> tell(record.value()));
                partitions.forEach(partition -> positions.put(partition, consumer.position(partition)));
            }
        }
    }

    /** A follower's trouble must not keep the others from the news. */
    private void tell(Message message) {
        try {
            if (message instanceof JobEvent.News news) {
                listener.accept(news);
            }
        } catch (RuntimeException e) {
            LOG.errorf(e, "Nobody was told the news of job %s", message.jobId());
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
