package io.millrace.orchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.Stages;
import org.junit.jupiter.api.Test;

class OpenJobsTest {
    @Test
    void aStageThatNothingWaitsForStandsAtZero() {
        // given
        SimpleMeterRegistry meters = new SimpleMeterRegistry();

        // when
        new OpenJobs(meters).publish();

        // then
        assertThat(Stages.BUILT_IN).allSatisfy(stage -> assertThat(meters.get("millrace.tasks.queued")
                        .tag("stage", stage)
                        .gauge()
                        .value())
                .isZero());
    }
}
