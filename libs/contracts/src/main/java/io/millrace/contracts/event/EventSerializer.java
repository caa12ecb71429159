package io.millrace.contracts.event;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventSerializer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;

/** Writes messages as CloudEvents in binary mode: attributes in {@code ce_} headers, data as JSON in the value. */
public final class EventSerializer implements Serializer<Message> {
    private final CloudEventSerializer cloudEvents = new CloudEventSerializer();

    @Override
    public byte[] serialize(String topic, Message message) {
        throw new UnsupportedOperationException("CloudEvents in binary mode need the record's headers");
    }

    @Override
    public byte[] serialize(String topic, Headers headers, Message message) {
        return message == null ? null : serialize(topic, headers, message, Events.data(message));
    }

    /** As {@link #serialize(String, Headers, Message)}, where the data were written already to see their size. */
    public byte[] serialize(String topic, Headers headers, Message message, byte[] data) {
        CloudEvent event = Events.toCloudEvent(message, data);
        headers.remove("content-type");
        event.getAttributeNames().forEach(name -> headers.remove("ce_" + name));
        return cloudEvents.serialize(topic, headers, event);
    }
}
