package io.millrace.contracts.event;

import java.time.Instant;

/**
 * A heartbeat of the orchestrator to itself, through a partition of {@code millrace.task-events}: while its own beats
 * come back in time, those of the workers would as well, and a lease may run out.
 *
 * @param sender the instance, and which of its lives
 */
public record PartitionBeat(String sender, int partition, Instant at) implements Message {
    /** It is about no job. */
    @Override
    public String jobId() {
        return "";
    }
}
