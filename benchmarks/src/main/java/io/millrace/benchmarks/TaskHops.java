package io.millrace.benchmarks;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.task.Task;
import io.millrace.embedded.EmbeddedKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * From the broker's log of a run that has ended: the hop from {@code completed} to the next task being taken (goal:
 * median under 150 ms), and the time from the start of the program to the first task (goal: under 10 s).
 *
 * <p>A hop is counted where a completed task made the orchestrator issue tasks and the worker of their stage was idle;
 * tasks that wait because their worker is busy say nothing of the platform. Times are those of the events themselves.
 *
 * <p>Arguments: folder of the state (the option {@code --state} of the run), when the program was started (milliseconds
 * since 1970).
 */
public final class TaskHops {
    private TaskHops() {}

    /** One event and when it was published. */
    private record Seen(Message message, Instant at) {}

    public static void main(String[] arguments) {
        List<Seen> log;
        try (EmbeddedKafka kafka = EmbeddedKafka.start(Path.of(arguments[0], "kafka"), 0)) {
            log = read(kafka.bootstrapServers());
        }
        Instant started = Instant.ofEpochMilli(Long.parseLong(arguments[1]));
        Instant first = log.stream()
                .filter(seen ->
                        seen.message() instanceof TaskEvent.Claimed && seen.at().isAfter(started))
                .map(Seen::at)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no task was taken in this run"));
        System.out.printf("start to first task: %.1f s%n", millis(started, first) / 1e3);
        List<Long> hops = hops(log).stream().sorted().toList();
        if (!hops.isEmpty()) {
            System.out.printf(
                    "completed to next task taken: median %d ms, longest %d ms, of %d hops%n",
                    hops.get(hops.size() / 2), hops.get(hops.size() - 1), hops.size());
        }
    }

    private static List<Long> hops(List<Seen> log) {
        List<Long> hops = new ArrayList<>();
        Map<String, Instant> completed = new HashMap<>();
        Map<String, Instant> cause = new HashMap<>();
        Set<String> busy = new HashSet<>();
        Map<String, String> stageOf = new HashMap<>();
        for (Seen seen : log) {
            if (seen.message() instanceof Task task) {
                stageOf.put(task.id(), task.stage());
                Instant last = completed.get(task.jobId());
                // Of tasks issued together the worker takes one, and the others wait for it.
                if (last != null && task.attempt() == 1 && busy.add(task.stage())) {
                    cause.put(task.id(), last);
                }
            } else if (seen.message() instanceof TaskEvent.Claimed claimed) {
                String stage = stageOf.get(claimed.taskId());
                busy.add(stage);
                cause.entrySet().stream()
                        .filter(waiting -> stage.equals(stageOf.get(waiting.getKey())))
                        .findFirst()
                        .ifPresent(waiting -> {
                            hops.add(millis(waiting.getValue(), seen.at()));
                            cause.remove(waiting.getKey());
                        });
            } else if (seen.message() instanceof TaskEvent.Completed done) {
                busy.remove(stageOf.get(done.taskId()));
                completed.put(done.jobId(), seen.at());
            }
        }
        return hops;
    }

    private static long millis(Instant from, Instant to) {
        return Duration.between(from, to).toMillis();
    }

    /** All tasks and what workers said of them, in the order of their publication. */
    private static List<Seen> read(String bootstrapServers) {
        List<Seen> log = new ArrayList<>();
        Map<String, Object> settings =
                Map.of("bootstrap.servers", bootstrapServers, "isolation.level", "read_committed");
        try (KafkaConsumer<String, Message> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new EventDeserializer())) {
            List<TopicPartition> partitions = consumer.listTopics().entrySet().stream()
                    .filter(e ->
                            e.getKey().equals(Topics.TASK_EVENTS) || e.getKey().startsWith(Topics.tasks("")))
                    .flatMap(e -> e.getValue().stream())
                    .map(p -> new TopicPartition(p.topic(), p.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (record.value() instanceof Task || record.value() instanceof TaskEvent) {
                        String time = new String(
                                record.headers().lastHeader("ce_time").value(), StandardCharsets.UTF_8);
                        log.add(new Seen(
                                record.value(), OffsetDateTime.parse(time).toInstant()));
                    }
                });
            }
        }
        log.sort(Comparator.comparing(Seen::at));
        return log;
    }
}
