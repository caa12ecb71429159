package io.millrace.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.contracts.method.InvalidParametersException;
import io.millrace.contracts.method.ParameterReader;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final int STEPS_PER_EPOCH = 25;

    @Test
    void aCosineFallsFromThePeakToNothingByHalfOfAWave() {
        Schedule schedule = schedule("cosine", 4, 0);

        assertThat(schedule.rateAt(0)).isEqualTo(0.2);
        assertThat(schedule.rateAt(50)).isCloseTo(0.1, within(1e-12));
        assertThat(schedule.rateAt(99)).isPositive().isLessThan(0.001);
        // half a wave lies around its middle: two steps as far from it add up to the peak
        for (int step = 1; step < 100; step++) {
            assertThat(schedule.rateAt(step)).isLessThan(schedule.rateAt(step - 1));
            assertThat(schedule.rateAt(step) + schedule.rateAt(100 - step)).isCloseTo(0.2, within(1e-12));
        }
        double mean =
                LongStream.range(0, 100).mapToDouble(schedule::rateAt).average().orElseThrow();
        assertThat(mean).isCloseTo(0.1, within(0.002));
    }

    @Test
    void stepsMultiplyByTheFactorEachTime() {
        Schedule schedule = schedule("step", 7, 0);

        // stepped through by hand: after each two epochs a tenth
        double rate = 0.2;
        for (int step = 0; step < 7 * STEPS_PER_EPOCH; step++) {
            if (step > 0 && step % (2 * STEPS_PER_EPOCH) == 0) {
                rate *= 0.1;
            }
            assertThat(schedule.rateAt(step)).as("step %d", step).isCloseTo(rate, within(1e-15));
        }
    }

    @Test
    void aConstantStays() {
        assertThat(LongStream.range(0, 100).mapToDouble(schedule("constant", 4, 0)::rateAt))
                .containsOnly(0.2);
    }

    @Test
    void warmingUpRisesByEqualStepsToThePeakAndTheRestFollowsFromThere() {
        for (String kind : new String[] {"cosine", "constant"}) {
            Schedule schedule = schedule(kind, 4, 0.2);

            for (int step = 0; step < 20; step++) {
                assertThat(schedule.rateAt(step)).isCloseTo(0.2 * (step + 1) / 21, within(1e-12));
            }
            assertThat(schedule.rateAt(20)).isEqualTo(0.2);
            for (int step = 21; step < 100; step++) {
                assertThat(schedule.rateAt(step)).isBetween(0.0, schedule.rateAt(step - 1));
            }
        }
    }

    @Test
    void aShareOfTheRateIsThatOfEachStep() {
        FinetuneParameters parameters = parameters("cosine", 4, 0.1);
        Schedule whole = Schedule.of(parameters, STEPS_PER_EPOCH, 1);
        Schedule quarter = Schedule.of(parameters, STEPS_PER_EPOCH, 0.25);

        assertThat(quarter.steps()).isEqualTo(whole.steps()).isEqualTo(100);
        for (int step = 0; step < 100; step++) {
            assertThat(quarter.rateAt(step)).isCloseTo(whole.rateAt(step) / 4, within(1e-15));
        }
    }

    private static Schedule schedule(String kind, int epochs, double warmUp) {
        return Schedule.of(parameters(kind, epochs, warmUp), STEPS_PER_EPOCH, 1);
    }

    private static FinetuneParameters parameters(String kind, int epochs, double warmUp) {
        ObjectNode given = Json.mapper().createObjectNode();
        given.put("epochs", epochs)
                .put("learning-rate", 0.2)
                .put("schedule", kind)
                .put("warm-up", warmUp);
        if (kind.equals("step")) {
            given.put("step-epochs", 2).put("step-factor", 0.1);
        }
        try {
            return ParameterReader.read(FinetuneParameters.class, given);
        } catch (InvalidParametersException e) {
            throw new AssertionError(e);
        }
    }
}
