package io.millrace.orchestrator.stream;

import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Events;
import io.millrace.contracts.event.Message;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * A record on its way out, written once, so that its size is known before anything is sent or stored.
 *
 * @param partition {@code null} for that of the key
 * @param message {@code null} for a tombstone
 * @param data of the message as JSON
 */
record Outgoing(String topic, String key, Integer partition, Message message, byte[] data) {
    /** Room for the record's headers and its key. */
    private static final int ENVELOPE = 64 * 1024;

    static Outgoing of(String topic, Message message) {
        return new Outgoing(topic, message.jobId(), null, message, Events.data(message));
    }

    Outgoing withKey(String another) {
        return new Outgoing(topic, another, partition, message, data);
    }

    /** To this partition, whatever its key. */
    Outgoing to(int itsPartition) {
        return new Outgoing(topic, key, itsPartition, message, data);
    }

    static Outgoing tombstone(String topic, String key) {
        return new Outgoing(topic, key, null, null, null);
    }

    boolean tooLarge() {
        return data.length > TopicSettings.MAX_RECORD_BYTES - ENVELOPE;
    }

    /** @throws JobFailure if no topic takes a record of this size */
    Outgoing checked() {
        if (tooLarge()) {
            throw new JobFailure("a record of the job would have " + data.length + " bytes ("
                    + message.getClass().getSimpleName() + "), more than a topic takes ("
                    + TopicSettings.MAX_RECORD_BYTES
                    + "): fork into fewer parts, or store their findings and send where"
                    + " they are");
        }
        return this;
    }

    /** The job cannot go on; the others can. */
    static final class JobFailure extends RuntimeException {
        JobFailure(String reason) {
            super(reason);
        }
    }

    /** For the sink. */
    static final class Writer implements Serializer<Outgoing> {
        private final EventSerializer events = new EventSerializer();

        @Override
        public byte[] serialize(String topic, Outgoing outgoing) {
            throw new UnsupportedOperationException("CloudEvents in binary mode need the record's headers");
        }

        @Override
        public byte[] serialize(String topic, Headers headers, Outgoing outgoing) {
            return outgoing.message() == null
                    ? null
                    : events.serialize(topic, headers, outgoing.message(), outgoing.data());
        }
    }

    /** For the sink: a partition that is asked for, else that of the key. */
    static final class Partitioner implements StreamPartitioner<String, Outgoing> {
        @Override
        public Optional<Set<Integer>> partitions(String topic, String key, Outgoing outgoing, int partitions) {
            return Optional.ofNullable(outgoing.partition()).map(Set::of);
        }
    }
}
