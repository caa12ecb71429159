package io.millrace.contracts.event;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads messages from CloudEvents in binary or structured mode. Never fails: what cannot be read is a
 * {@link DeadLetter} that says why. A tombstone is {@code null}.
 */
public final class EventDeserializer implements Deserializer<Message> {
    private static final int KEPT_BYTES = 64 * 1024;

    @Override
    public Message deserialize(String topic, byte[] data) {
        return deadLetter(topic, null, data, "no CloudEvent: the record has no headers");
    }

    @Override
    public Message deserialize(String topic, Headers headers, byte[] data) {
        if (data == null) {
            return null;
        }
        try {
            CloudEvent event = KafkaMessageFactory.createReader(headers, data).toEvent();
            return Events.fromCloudEvent(event);
        } catch (UnreadableEventException e) {
            return deadLetter(topic, headers, data, e.getMessage());
        } catch (RuntimeException e) {
            return deadLetter(topic, headers, data, "no CloudEvent: " + e.getMessage());
        }
    }

    private static DeadLetter deadLetter(String topic, Headers headers, byte[] data, String reason) {
        Map<String, String> texts = new HashMap<>();
        if (headers != null) {
            for (Header header : headers) {
                texts.put(header.key(), header.value() == null ? "" : text(header.value()));
            }
        }
        return new DeadLetter(texts.get("ce_subject"), topic, reason, texts, data == null ? "" : text(data));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, KEPT_BYTES), StandardCharsets.UTF_8);
    }
}
