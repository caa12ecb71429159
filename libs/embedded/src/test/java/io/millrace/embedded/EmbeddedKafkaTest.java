package io.millrace.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaTest {
    private static final String TOPIC = "queue";

    @TempDir
    Path folder;

    @Test
    void keepsWhatWasCommittedOverARestartAndHandsItOutAsAQueue() throws Exception {
        // given a broker that took one committed and one aborted record, and was stopped
        try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, 0)) {
            createQueue(kafka.bootstrapServers());
            try (var producer = transactionalProducer(kafka.bootstrapServers())) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(TOPIC, "aborted")).get();
                producer.abortTransaction();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(TOPIC, "committed")).get();
                producer.commitTransaction();
            }
        }

        // when it is started again on the same folder
        try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, 0);
                var consumer = shareConsumer(kafka.bootstrapServers())) {
            consumer.subscribe(Set.of(TOPIC));

            // then a share group gets the committed record, and sooner than with the broker's own heartbeats
            Instant start = Instant.now();
            String taken = null;
            while (taken == null && Instant.now().isBefore(start.plusSeconds(15))) {
                for (var polled : consumer.poll(Duration.ofMillis(100))) {
                    taken = polled.value();
                }
            }
            assertThat(taken).isEqualTo("committed");
            assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void saysThatThePortIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> EmbeddedKafka.start(folder, taken.getLocalPort()))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessage(
                            "Port %d for the embedded Kafka broker is in use: stop the program that listens there,"
                                    + " or choose another port.",
                            taken.getLocalPort());
        }
    }

    @Test
    void saysThatTheFolderIsInUse() {
        try (DataFolder held = DataFolder.open(folder, "kafka", "other")) {
            assertThatThrownBy(() -> EmbeddedKafka.start(folder, 0))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessageContaining(held.path().toString())
                    .hasMessageContaining("used by another process");
        }
    }

    private static void createQueue(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.GROUP, "workers"),
                            List.of(
                                    set("share.auto.offset.reset", "earliest"),
                                    set("share.isolation.level", "read_committed"))))
                    .all()
                    .get();
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static KafkaProducer<String, String> transactionalProducer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "transactional.id", "writer"),
                new StringSerializer(),
                new StringSerializer());
    }

    private static KafkaShareConsumer<String, String> shareConsumer(String bootstrap) {
        return new KafkaShareConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "group.id", "workers"),
                new StringDeserializer(),
                new StringDeserializer());
    }
}
