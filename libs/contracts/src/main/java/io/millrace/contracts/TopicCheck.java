package io.millrace.contracts;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Looks whether the topics that are there can carry jobs: those that a broker made by itself cannot. */
public final class TopicCheck {
    private static final String AUTO_CREATED =
            "it was probably made by the broker's auto-creation: delete it, or give it the setting, and start again";

    private static final Duration SPREAD = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private TopicCheck() {}

    /**
     * The number of partitions of the topics that events of jobs go through.
     *
     * @param changelog of the orchestrator's states, which keeps the number of partitions they were written with; looked
     *     at only if it is there
     * @throws IllegalStateException that names every fault, and the way out
     * @throws org.apache.kafka.common.KafkaException if the broker cannot be reached
     */
    public static int check(Map<String, Object> connection, List<TopicSettings> topics, String changelog) {
        Map<String, TopicSettings> wanted =
                topics.stream().collect(Collectors.toMap(TopicSettings::name, settings -> settings));
        List<String> faults = new ArrayList<>();
        try (Admin admin = TopicCreator.admin(connection)) {
            Map<String, TopicDescription> found = describe(admin, wanted.keySet());
            TopicCreator.await(
                            "topics",
                            admin.describeConfigs(wanted.keySet().stream()
                                            .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                                            .toList())
                                    .all())
                    .forEach((topic, config) -> check(wanted.get(topic.name()), config, faults));
            int partitions = found.get(Topics.TASK_EVENTS).partitions().size();
            int ofJobs = found.get(Topics.JOBS).partitions().size();
            if (ofJobs != partitions) {
                faults.add("%s has %d partitions and %s %d; they must have the same number (%s)"
                        .formatted(Topics.JOBS, ofJobs, Topics.TASK_EVENTS, partitions, AUTO_CREATED));
            }
            checkGrowth(admin, changelog, partitions, faults);
            if (!faults.isEmpty()) {
                throw new IllegalStateException("Kafka's topics cannot carry jobs: " + String.join("; ", faults));
            }
            return partitions;
        }
    }

    /** Topics that were made a moment ago are not known to every broker at once. */
    private static Map<String, TopicDescription> describe(Admin admin, Set<String> names) {
        long until = System.nanoTime() + SPREAD.toNanos();
        while (true) {
            try {
                return TopicCreator.await("topics", admin.describeTopics(names).allTopicNames());
            } catch (KafkaException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > until) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private static void check(TopicSettings topic, Config config, List<String> faults) {
        String policy = config.get("cleanup.policy").value();
        if (topic.compacted() != policy.contains("compact")) {
            faults.add("%s has cleanup.policy=%s, must be %s (%s)"
                    .formatted(topic.name(), policy, topic.configuration().get("cleanup.policy"), AUTO_CREATED));
        }
        String size = config.get("max.message.bytes").value();
        if (Integer.parseInt(size) < TopicSettings.MAX_RECORD_BYTES) {
            faults.add("%s has max.message.bytes=%s, must be at least %d (%s)"
                    .formatted(topic.name(), size, TopicSettings.MAX_RECORD_BYTES, AUTO_CREATED));
        }
    }

    private static void checkGrowth(Admin admin, String changelog, int partitions, List<String> faults) {
        if (TopicCreator.await("topics", admin.listTopics().names()).contains(changelog)) {
            int before = TopicCreator.await(
                            "topics", admin.describeTopics(List.of(changelog)).allTopicNames())
                    .get(changelog)
                    .partitions()
                    .size();
            if (before != partitions) {
                faults.add(
                        ("%s has %d partitions, the orchestrator's states were written with %d: keys would move away from"
                                        + " their jobs. Let all jobs end, stop every orchestrator, and reset it with"
                                        + " kafka-streams-application-reset, or give the topics their old number")
                                .formatted(Topics.TASK_EVENTS, partitions, before));
            }
        }
    }
}
