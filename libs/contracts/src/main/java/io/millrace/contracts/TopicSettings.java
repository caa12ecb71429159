package io.millrace.contracts;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How a topic is made.
 *
 * @param partitions the orchestrator scales up to as many instances; {@code millrace.jobs} and
 *     {@code millrace.task-events} need the same number, and it must not change while jobs run
 * @param compacted keeps the last record of each key
 * @param retention how long records are kept; {@link Duration#ZERO} for ever
 */
public record TopicSettings(String name, int partitions, boolean compacted, Duration retention) {

    /** Largest record in bytes; producers need it as {@code max.request.size}. */
    public static final int MAX_RECORD_BYTES = 8 * 1024 * 1024;

    private static final int PARTITIONS = 4;
    private static final Duration COMPACTION = Duration.ofDays(1);

    /** The topics that every installation has, with the queues of the built-in stages. */
    public static List<TopicSettings> all() {
        return Stream.concat(
                        Stream.of(
                                new TopicSettings(Topics.JOBS, PARTITIONS, false, Duration.ofDays(30)),
                                new TopicSettings(Topics.TASK_EVENTS, PARTITIONS, false, Duration.ofDays(7)),
                                new TopicSettings(Topics.JOB_EVENTS, PARTITIONS, false, Duration.ofDays(30)),
                                new TopicSettings(Topics.JOB_STATUS, PARTITIONS, true, Duration.ZERO),
                                new TopicSettings(Topics.TASK_FENCES, 1, true, Duration.ofDays(7)),
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
        Map<String, String> configuration = new TreeMap<>();
        configuration.put("max.message.bytes", Integer.toString(MAX_RECORD_BYTES));
        configuration.put("cleanup.policy", policy());
        if (!retention.isZero()) {
            configuration.put("retention.ms", Long.toString(retention.toMillis()));
        }
        if (compacted) {
            // What a key had before, and a key that is gone, goes within a day or two.
            configuration.put("segment.ms", Long.toString(COMPACTION.toMillis()));
            configuration.put("max.compaction.lag.ms", Long.toString(COMPACTION.toMillis()));
        }
        return configuration;
    }

    private String policy() {
        if (!compacted) {
            return "delete";
        }
        return retention.isZero() ? "compact" : "compact,delete";
    }
}
