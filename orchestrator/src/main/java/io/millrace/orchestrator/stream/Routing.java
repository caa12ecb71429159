package io.millrace.orchestrator.stream;

import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/**
 * Which partition a job lives in: that of murmur2 over its id, as Java's producers take it. Producers of other languages
 * may have another idea; their records are sent on.
 */
final class Routing {
    private final IntSupplier partitions;

    /** @param partitions of the topics that events of jobs go through; asked when a record has come */
    Routing(IntSupplier partitions) {
        this.partitions = partitions;
    }

    /** Whether a record with this key should have come to another partition; one without a key, to any. */
    boolean strays(String key, int partition) {
        return key == null
                || BuiltInPartitioner.partitionForKey(key.getBytes(StandardCharsets.UTF_8), partitions.getAsInt())
                        != partition;
    }
}
