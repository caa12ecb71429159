package io.millrace.contracts.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.millrace.contracts.Json;
import java.io.IOException;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Messages as CloudEvents 1.0, and as Kafka values. */
public final class Events {
    private static final String CONTENT_TYPE = "application/json";

    private Events() {}

    /**
     * The CloudEvent of a message: subject is the job, and the id depends on nothing but type and data, so that a
     * message sent twice is recognised.
     */
    public static CloudEvent toCloudEvent(Message message) {
        EventType type = EventType.of(message);
        return CloudEventBuilder.v1()
                .withId(Json.fingerprint(type.type(), message))
                .withType(type.type())
                .withSource(source(message))
                .withSubject(message.jobId().isEmpty() ? null : message.jobId())
                .withTime(OffsetDateTime.now(ZoneOffset.UTC))
                .withData(CONTENT_TYPE, bytes(message))
                .build();
    }

    /**
     * The message of a CloudEvent.
     *
     * @throws UnreadableEventException if its type is none of {@link EventType} or its data are not of that type
     */
    public static Message fromCloudEvent(CloudEvent event) throws UnreadableEventException {
        EventType type = EventType.of(event.getType())
                .orElseThrow(() -> new UnreadableEventException("unknown event type \"" + event.getType() + "\""));
        if (event.getData() == null) {
            throw new UnreadableEventException(type.type() + " without data");
        }
        try {
            Message message = Json.mapper().readValue(event.getData().toBytes(), type.message());
            if (message == null || message.jobId() == null) {
                throw new UnreadableEventException(type.type() + " without jobId");
            }
            return message;
        } catch (IOException | RuntimeException e) {
            throw new UnreadableEventException(type.type() + ": " + e.getMessage());
        }
    }

    /** For Kafka Streams; {@link EventSerializer} and {@link EventDeserializer} for plain clients. */
    public static Serde<Message> serde() {
        return Serdes.serdeFrom(new EventSerializer(), new EventDeserializer());
    }

    private static byte[] bytes(Message message) {
        try {
            return Json.mapper().writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + e.getMessage(), e);
        }
    }

    private static URI source(Message message) {
        if (message instanceof TaskEvent) {
            return URI.create("/millrace/worker");
        }
        return URI.create(message instanceof JobEvent.Request ? "/millrace/client" : "/millrace/orchestrator");
    }
}
