package io.millrace.contracts.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.jackson.JsonFormat;
import io.millrace.contracts.task.Progress;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventsTest {
    private static final String TOPIC = "millrace.task-events";
    private static final TaskEvent.Claimed CLAIMED = new TaskEvent.Claimed("t", "job-1", 1, "worker-1");

    private final EventSerializer serializer = new EventSerializer();
    private final EventDeserializer deserializer = new EventDeserializer();

    @ParameterizedTest
    @MethodSource("io.millrace.contracts.event.SampleEvents#all")
    void whatIsWrittenIsReadBack(Message message) {
        RecordHeaders headers = new RecordHeaders();

        byte[] value = serializer.serialize(TOPIC, headers, message);

        assertThat(deserializer.deserialize(TOPIC, headers, value)).isEqualTo(message);
        assertThat(header(headers, "ce_type"))
                .isEqualTo(EventType.of(message).type())
                .matches("io\\.millrace\\.[a-z]+\\.[a-z-]+\\.v1");
        if (!(message instanceof PartitionBeat)) {
            assertThat(header(headers, "ce_subject")).isEqualTo("job-1");
        }
        assertThat(header(headers, "ce_dataschema"))
                .isEqualTo("https://millrace.io" + EventType.of(message).schema());
        assertThat(header(headers, "ce_specversion")).isEqualTo("1.0");
        assertThat(header(headers, "content-type")).isEqualTo("application/json");
    }

    @Test
    void samplesCoverEveryType() {
        Set<EventType> covered = SampleEvents.all().map(EventType::of).collect(Collectors.toSet());

        assertThat(covered).isEqualTo(EnumSet.allOf(EventType.class));
    }

    @Test
    void theSameMessageHasTheSameId() {
        assertThat(Events.toCloudEvent(CLAIMED).getId())
                .isEqualTo(Events.toCloudEvent(new TaskEvent.Claimed("t", "job-1", 1, "worker-1"))
                        .getId())
                .isNotEqualTo(Events.toCloudEvent(new TaskEvent.Claimed("t", "job-1", 2, "worker-1"))
                        .getId());
    }

    @Test
    void equalHeartbeatsAreEventsOfTheirOwn() {
        TaskEvent heartbeat = new TaskEvent.Progressed("t", "job-1", 1, "worker-1", Progress.of("thinking", 1, 2));

        assertThat(Events.toCloudEvent(heartbeat).getId())
                .isNotEqualTo(Events.toCloudEvent(heartbeat).getId());
    }

    @Test
    void aLetterIsBounded() {
        RecordHeaders headers = new RecordHeaders();
        for (int i = 0; i < 10_000; i++) {
            headers.add("header-" + i, new byte[2000]);
        }

        DeadLetter letter = (DeadLetter) deserializer.deserialize(TOPIC, headers, new byte[9_000_000]);

        assertThat(Events.data(letter)).hasSizeLessThan(1_000_000);
    }

    @Test
    void structuredModeIsRead() {
        byte[] value = new JsonFormat().serialize(Events.toCloudEvent(CLAIMED));
        RecordHeaders headers = new RecordHeaders();
        headers.add("content-type", "application/cloudevents+json".getBytes(StandardCharsets.UTF_8));

        assertThat(deserializer.deserialize(TOPIC, headers, value)).isEqualTo(CLAIMED);
    }

    @Test
    void aMessageSentOnKeepsOneSetOfAttributes() {
        RecordHeaders headers = new RecordHeaders();
        serializer.serialize(TOPIC, headers, CLAIMED);

        serializer.serialize(TOPIC, headers, new TaskEvent.Released("t", "job-1", 1, "worker-1"));

        assertThat(headers.headers("ce_type")).hasSize(1);
        assertThat(header(headers, "ce_type")).isEqualTo("io.millrace.task.released.v1");
    }

    @Test
    void whatIsNoCloudEventIsADeadLetterThatSaysWhy() {
        assertThat(deserializer.deserialize(TOPIC, new RecordHeaders(), "hello".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOfSatisfying(DeadLetter.class, letter -> {
                    assertThat(letter.reason()).startsWith("no CloudEvent");
                    assertThat(letter.data()).isEqualTo("hello");
                    assertThat(letter.topic()).isEqualTo(TOPIC);
                });
    }

    @Test
    void dataThatAreNotOfTheirTypeAreADeadLetter() {
        assertThat(read("io.millrace.task.claimed.v1", "{\"taskId\":[]}").reason())
                .startsWith("io.millrace.task.claimed.v1:");
        assertThat(read("io.millrace.task.claimed.v1", "{\"taskId\":\"t\"}").reason())
                .endsWith("without jobId");
        assertThat(read("io.millrace.task.claimed.v1", "null").reason()).endsWith("without jobId");
        assertThat(read("io.millrace.task.completed.v1", "{\"jobId\":\"j\",\"outcome\":{\"kind\":\"x\"}}")
                        .reason())
                .contains("outcome");
        assertThat(read("com.example.other", "{}").reason()).isEqualTo("unknown event type \"com.example.other\"");
    }

    @Test
    void aTombstoneIsNull() {
        assertThat(deserializer.deserialize(TOPIC, new RecordHeaders(), (byte[]) null))
                .isNull();
        assertThat(serializer.serialize(TOPIC, new RecordHeaders(), null)).isNull();
    }

    private DeadLetter read(String type, String json) {
        CloudEvent event = CloudEventBuilder.v1()
                .withId("1")
                .withSource(java.net.URI.create("/test"))
                .withType(type)
                .withSubject("job-1")
                .withData("application/json", json.getBytes(StandardCharsets.UTF_8))
                .build();
        RecordHeaders headers = new RecordHeaders();
        byte[] value = new io.cloudevents.kafka.CloudEventSerializer().serialize(TOPIC, headers, event);
        return (DeadLetter) deserializer.deserialize(TOPIC, headers, value);
    }

    private static String header(RecordHeaders headers, String name) {
        return new String(headers.lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
