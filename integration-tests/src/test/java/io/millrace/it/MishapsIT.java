package io.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.TopicSettings;
import io.millrace.it.chaos.Cluster;
import io.millrace.it.chaos.Cluster.Shape;
import io.millrace.it.chaos.Load;
import io.millrace.it.chaos.Load.Judgement;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Single mishaps with the settings that an installation has by default. What processes say is in target/mishaps. */
class MishapsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void partitionsMoveWhenAnOrchestratorComesAndGoes(TestInfo test) throws Exception {
        try (Cluster cluster = cluster(new Shape(1, 2, 2, Map.of(), false), test)) {
            // given jobs of which each of two orchestrators has some
            cluster.start();
            try (Load load = Load.on(cluster)) {
                await("both have jobs").atMost(PATIENCE).until(() -> cluster.orchestrators().stream()
                        .allMatch(this::hasJobs));

                // when one goes, and comes back
                cluster.process("orchestrator-1").stop(GRACE);
                int before = load.ended();
                await("the other one has all").atMost(PATIENCE).until(() -> load.ended() > before + 10);
                cluster.process("orchestrator-1").start();
                await("both have jobs again").atMost(PATIENCE).until(() -> cluster.orchestrators().stream()
                        .allMatch(this::hasJobs));

                // then
                assertClean(load.judge());
            }
        }
    }

    @Test
    void aStoreThatIsAwayForAMinuteCostsNoTask(TestInfo test) throws Exception {
        try (Cluster cluster = cluster(new Shape(1, 1, 2, Map.of(), false), test)) {
            // given jobs at work
            cluster.start();
            try (Load load = Load.on(cluster)) {
                // when
                cluster.process("store").kill();
                Thread.sleep(Duration.ofMinutes(1).toMillis());
                cluster.process("store").start();

                // then
                assertClean(load.judge());
            }
        }
    }

    /** Longer than every lease, session and transaction lasts. */
    @Test
    void aBrokerThatIsAwayForHalfAMinuteCostsNoTask(TestInfo test) throws Exception {
        try (Cluster cluster = cluster(new Shape(1, 1, 2, Map.of(), false), test)) {
            // given jobs at work
            cluster.start();
            try (Load load = Load.on(cluster)) {
                // when
                cluster.process("broker-1").kill();
                Thread.sleep(Duration.ofSeconds(30).toMillis());
                cluster.process("broker-1").start();

                // then
                assertClean(load.judge());
            }
        }
    }

    @Test
    void aBrokerThatMakesTopicsByItselfMakesNoneOfOurs(TestInfo test) throws Exception {
        try (Cluster cluster = cluster(new Shape(1, 1, 1, Map.of(), true), test)) {
            // when everything starts at once
            cluster.start();
            try (Load load = Load.on(cluster)) {
                // then
                assertTopicsAreAsWanted(cluster.bootstrapServers());
                assertClean(load.judge());
            }
        }
    }

    private static Cluster cluster(Shape shape, TestInfo test) throws IOException {
        String name = test.getTestMethod().orElseThrow().getName();
        return new Cluster(shape, TestFolders.emptied(Path.of("target", "mishaps", name)));
    }

    private static void assertClean(Judgement judgement) {
        System.out.println(judgement);
        assertThat(judgement.clean()).as(judgement.toString()).isTrue();
    }

    private static void assertTopicsAreAsWanted(String bootstrapServers) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            Set<String> names =
                    TopicSettings.all().stream().map(TopicSettings::name).collect(Collectors.toSet());
            var topics = admin.describeTopics(names).allTopicNames().get();
            for (TopicSettings wanted : TopicSettings.all()) {
                assertThat(topics.get(wanted.name()).partitions())
                        .as(wanted.name())
                        .hasSize(wanted.partitions());
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, wanted.name());
                var found = admin.describeConfigs(List.of(resource)).all().get().get(resource);
                wanted.configuration()
                        .forEach((key, value) -> assertThat(found.get(key).value())
                                .as(wanted.name() + " " + key)
                                .isEqualTo(value));
            }
        }
    }

    /** Whether an orchestrator runs jobs, by its own account. */
    private boolean hasJobs(URI orchestrator) {
        HttpRequest request =
                HttpRequest.newBuilder(orchestrator.resolve("/q/metrics")).build();
        try {
            return http.send(request, BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("millrace_jobs_running"))
                    .anyMatch(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))) > 0);
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
