package io.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.it.chaos.ChaosRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Fifty mishaps among three brokers, a store, two orchestrators and three workers while jobs run. What the processes say
 * is in target/chaos/logs. {@code benchmarks/chaos.sh} does the same for as long as wanted.
 */
class ChaosIT {
    private static final int DISTURBANCES = 50;

    /** Another one: {@code -Dchaos.seed=...}. */
    private static final long SEED = Long.getLong("chaos.seed", 20261125);

    @Test
    void noJobIsLostDoubledOrStuck() throws Exception {
        Path folder = TestFolders.emptied(Path.of("target", "chaos"));
        ChaosRun.Result result = new ChaosRun(SEED, DISTURBANCES, folder).run();
        System.out.println(result.summary());
        assertThat(result.disturbances()).isEqualTo(DISTURBANCES);
        assertThat(result.judgement().ended()).isGreaterThan(20);
        assertThat(result.judgement().clean()).as(result.summary()).isTrue();
    }
}
