package io.millrace.orchestrator.stream;

import io.millrace.contracts.event.PartitionBeat;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * Whether a partition of {@code millrace.task-events} is provably alive. The orchestrator sends beats to itself through
 * it: while they come back in time, heartbeats of workers would have come as well, and silence means that the worker is
 * gone. While they do not (a broker fails over, or we lag behind), silence means nothing, and no lease runs out.
 */
final class PartitionPulse {
    private final String sender = UUID.randomUUID().toString();
    private final int partition;
    private final Duration lease;
    private final Duration tolerance;
    private Instant aliveSince;
    private Instant lastReturn;

    /** @param beat how often {@link #next} is called */
    PartitionPulse(int partition, Duration lease, Duration beat) {
        this.partition = partition;
        this.lease = lease;
        this.tolerance = beat.multipliedBy(3).compareTo(Duration.ofSeconds(3)) > 0
                ? beat.multipliedBy(3)
                : Duration.ofSeconds(3);
    }

    PartitionBeat next(Instant now) {
        return new PartitionBeat(sender, partition, now);
    }

    /** A beat came back; those of an earlier owner of the partition prove nothing. */
    void returned(PartitionBeat beat, Instant now) {
        if (!beat.sender().equals(sender)) {
            return;
        }
        boolean late = beat.at().plus(tolerance).isBefore(now);
        boolean gap = lastReturn == null || lastReturn.plus(tolerance).isBefore(now);
        if (late || gap) {
            aliveSince = now;
        }
        lastReturn = now;
    }

    /** Whether the partition was alive for the whole of a lease: only then a silent worker has lost its own. */
    boolean leasesEnd(Instant now) {
        return lastReturn != null
                && !lastReturn.plus(tolerance).isBefore(now)
                && !aliveSince.plus(lease).isAfter(now);
    }
}
