package io.millrace.contracts;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How a topic is made.
 *
 * @param partitions the orchestrator scales up to as many instances; {@code millrace.jobs} and
 *     {@code millrace.task-events} need the same number
 * @param compacted keeps the last record of each key for ever, instead of all records for the {@code retention}
 */
public record TopicSettings(String name, int partitions, boolean compacted, Duration retention) {

    /** Largest record in bytes; producers need it as {@code max.request.size}. */
    public static final int MAX_RECORD_BYTES = 8 * 1024 * 1024;

    private static final int PARTITIONS = 4;

    /** The topics that every installation has, with the queues of the built-in stages. */
    public static List<TopicSettings> all() {
        return Stream.concat(
                        Stream.of(
                                new TopicSettings(Topics.JOBS, PARTITIONS, false, Duration.ofDays(30)),
                                new TopicSettings(Topics.TASK_EVENTS, PARTITIONS, false, Duration.ofDays(7)),
                                new TopicSettings(Topics.JOB_EVENTS, PARTITIONS, false, Duration.ofDays(30)),
                                new TopicSettings(Topics.JOB_STATUS, PARTITIONS, true, Duration.ZERO),
                                new TopicSettings(Topics.DEAD_LETTERS, 1, false, Duration.ofDays(30))),
                        Stages.BUILT_IN.stream().map(TopicSettings::queueOf))
                .toList();
    }

    /**
     * The queue of a stage. Its retention must outlast the longest wait in the queue. One partition: a share group hands
     * a partition to several members only where there are fewer partitions than members, and else a task would wait for
     * one busy worker while others are idle.
     */
    public static TopicSettings queueOf(String stage) {
        return new TopicSettings(Topics.tasks(stage), 1, false, Duration.ofDays(30));
    }

    /** The topic's configuration in Kafka's words. */
    public Map<String, String> configuration() {
        String size = Integer.toString(MAX_RECORD_BYTES);
        return compacted
                ? Map.of("cleanup.policy", "compact", "max.message.bytes", size)
                : Map.of(
                        "cleanup.policy",
                        "delete",
                        "retention.ms",
                        Long.toString(retention.toMillis()),
                        "max.message.bytes",
                        size);
    }
}
