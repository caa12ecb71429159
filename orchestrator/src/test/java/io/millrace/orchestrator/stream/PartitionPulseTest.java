package io.millrace.orchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.event.PartitionBeat;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PartitionPulseTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final PartitionPulse pulse = new PartitionPulse(0, Duration.ofSeconds(10), Duration.ofSeconds(1));

    @Test
    void leasesEndWhenThePartitionWasAliveForAsLong() {
        beats(0, 9);
        assertThat(pulse.leasesEnd(at(9))).isFalse();
        beats(10, 10);
        assertThat(pulse.leasesEnd(at(10))).isTrue();
    }

    @Test
    void noLeaseEndsWhileABrokerFailsOverNorAtOnceAfterwards() {
        beats(0, 20);
        // A broker dies; what is sent now comes back when another leads the partition.
        assertThat(pulse.leasesEnd(at(24))).isFalse();
        for (int second = 21; second <= 40; second++) {
            pulse.returned(new PartitionBeat(sender(), 0, at(second)), at(40));
        }
        assertThat(pulse.leasesEnd(at(40))).as("workers have not had time yet").isFalse();
        beats(41, 49);
        assertThat(pulse.leasesEnd(at(49))).isFalse();
        beats(50, 50);
        assertThat(pulse.leasesEnd(at(50))).isTrue();
    }

    @Test
    void beatsThatComeLateShowThatWeLagBehind() {
        for (int second = 0; second < 60; second++) {
            pulse.returned(new PartitionBeat(sender(), 0, at(second)), at(second + 5));
        }

        assertThat(pulse.leasesEnd(at(65))).isFalse();
    }

    @Test
    void beatsOfAnEarlierOwnerProveNothing() {
        for (int second = 0; second < 60; second++) {
            pulse.returned(new PartitionBeat("another", 0, at(second)), at(second));
        }

        assertThat(pulse.leasesEnd(at(60))).isFalse();
    }

    private void beats(int from, int to) {
        for (int second = from; second <= to; second++) {
            pulse.returned(pulse.next(at(second)), at(second));
        }
    }

    private String sender() {
        return pulse.next(START).sender();
    }

    private static Instant at(int second) {
        return START.plusSeconds(second);
    }
}
