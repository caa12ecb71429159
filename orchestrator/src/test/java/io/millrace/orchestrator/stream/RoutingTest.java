package io.millrace.orchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoutingTest {
    private final Routing routing = new Routing(() -> 4);

    @Test
    void aJobLivesInThePartitionOfMurmur2() {
        // As kafka-clients take them: murmur2 of the key, without the sign, modulo 4.
        assertThat(partitionOf("job-1"))
                .isEqualTo(org.apache.kafka.common.utils.Utils.toPositive(
                                org.apache.kafka.common.utils.Utils.murmur2("job-1".getBytes()))
                        % 4);
        assertThat(IntStream.range(0, 100)
                        .map(i -> partitionOf("job-" + i))
                        .distinct()
                        .count())
                .isEqualTo(4);
    }

    @Test
    void aRecordWithoutAKeyStraysEverywhere() {
        assertThat(IntStream.range(0, 4).allMatch(partition -> routing.strays(null, partition)))
                .isTrue();
    }

    private int partitionOf(String key) {
        int[] homes = IntStream.range(0, 4)
                .filter(partition -> !routing.strays(key, partition))
                .toArray();
        assertThat(homes).hasSize(1);
        return homes[0];
    }
}
