package io.millrace.contracts.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.millrace.contracts.Json;
import java.io.IOException;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;

/** Messages as CloudEvents 1.0; {@link EventSerializer} and {@link EventDeserializer} are for Kafka clients. */
public final class Events {
    private static final String CONTENT_TYPE = "application/json";
    private static final String SCHEMAS = "https://millrace.io";

    private Events() {}

    /**
     * The CloudEvent of a message: subject is the job. The id depends on nothing but type and data, so that a message
     * sent twice is recognised; heartbeats and statuses, of which equal ones are events of their own, have a random one.
     */
    public static CloudEvent toCloudEvent(Message message) {
        return toCloudEvent(message, data(message));
    }

    /** @param data of the message, see {@link #data} */
    static CloudEvent toCloudEvent(Message message, byte[] data) {
        EventType type = EventType.of(message);
        return CloudEventBuilder.v1()
                .withId(id(type, message))
                .withType(type.type())
                .withSource(source(message))
                .withSubject(message.jobId().isEmpty() ? null : message.jobId())
                .withTime(OffsetDateTime.now(ZoneOffset.UTC))
                .withDataSchema(URI.create(SCHEMAS + type.schema()))
                .withData(CONTENT_TYPE, data)
                .build();
    }

    /** The data of a message: what its record will have as its value. */
    public static byte[] data(Message message) {
        try {
            return Json.mapper().writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + e.getMessage(), e);
        }
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

    private static String id(EventType type, Message message) {
        return switch (type) {
            case TASK_PROGRESSED, PARTITION_BEAT, JOB_STATUS ->
                UUID.randomUUID().toString();
            default -> Json.fingerprint(type.type(), message);
        };
    }

    private static URI source(Message message) {
        if (message instanceof TaskEvent) {
            return URI.create("/millrace/worker");
        }
        return URI.create(message instanceof JobEvent.Request ? "/millrace/client" : "/millrace/orchestrator");
    }
}
