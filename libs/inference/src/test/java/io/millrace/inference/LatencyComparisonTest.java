package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.OnnxModel;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatencyComparisonTest {
    private static final LatencyComparison.Effort QUICK = new LatencyComparison.Effort(200, Duration.ofSeconds(5));

    @Test
    void callsADifferenceInsideTheNoiseNone() throws Exception {
        // given
        Random noise = new Random(1);

        // when
        var result = LatencyComparison.measure(
                () -> 1_000_000 + noise.nextInt(100_000),
                () -> 1_000_000 + noise.nextInt(100_000),
                QUICK,
                ProgressListener.NONE);

        // then
        assertThat(result.speedUpLow()).isLessThanOrEqualTo(1);
        assertThat(result.speedUpHigh()).isGreaterThanOrEqualTo(1);
        assertThat(result.faster()).isFalse();
        assertThat(result.medianMillis()).isBetween(result.lowMillis(), result.highMillis());
    }

    @Test
    void findsADifferenceAboveTheNoiseThoughTheMachineDrifts() throws Exception {
        // given
        Random noise = new Random(2);
        long[] drift = {1_000_000};

        // when
        var result = LatencyComparison.measure(
                () -> (drift[0] += 20_000) + noise.nextInt(50_000),
                () -> drift[0] / 2 + noise.nextInt(50_000),
                QUICK,
                ProgressListener.NONE);

        // then
        assertThat(result.speedUp()).isCloseTo(2, within(0.1));
        assertThat(result.speedUp()).isBetween(result.speedUpLow(), result.speedUpHigh());
        assertThat(result.unmeasured()).isNull();
    }

    @Test
    void whoRunsFirstHasNoAdvantage() throws Exception {
        // given whoever runs second in a round is slowed down by a fifth
        boolean[] second = {false};
        LatencyComparison.Run run = () -> {
            second[0] = !second[0];
            return second[0] ? 1_000_000 : 1_200_000;
        };

        // when
        var result = LatencyComparison.measure(run, run, QUICK, ProgressListener.NONE);

        // then
        assertThat(result.speedUpLow()).isLessThanOrEqualTo(1);
        assertThat(result.speedUpHigh()).isGreaterThanOrEqualTo(1);
    }

    @Test
    void stopsAsSoonAsTheIntervalIsNarrow() throws Exception {
        var result = LatencyComparison.measure(() -> 3_000_000, () -> 1_500_000, QUICK, ProgressListener.NONE);

        assertThat(result.rounds()).isEqualTo(20);
        assertThat(result.speedUp()).isEqualTo(2);
    }

    @Test
    void saysThatItIsNotMeasurableRatherThanANumber() throws Exception {
        // given
        Random noise = new Random(4);

        // when
        var result = LatencyComparison.measure(
                () -> 1_000_000 + noise.nextInt(9_000_000),
                () -> 1_000_000 + noise.nextInt(9_000_000),
                QUICK,
                ProgressListener.NONE);

        // then
        assertThat(result.speedUp()).isNull();
        assertThat(result.rounds()).isEqualTo(200);
        assertThat(result.speedUpLow()).isLessThan(result.speedUpHigh());
        assertThat(result.unmeasured()).startsWith("not measurable here: after 200 rounds it may be anything from ");
    }

    @Test
    void keepsToItsTime() throws Exception {
        // given
        var effort = new LatencyComparison.Effort(1000, Duration.ofMillis(200));
        long start = System.nanoTime();

        // when
        var result = LatencyComparison.measure(this::oneMilli, this::oneMilli, effort, ProgressListener.NONE);

        // then
        assertThat(result.rounds()).isBetween(20, 200);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void measuresRealSessionsInTurn() {
        // given
        OnnxModel small = SmallNetworks.convolutions(16, 2, -1);
        OnnxModel large = SmallNetworks.convolutions(64, 4, -1);

        try (OnnxSession original = OnnxSession.open(large, SessionOptions.threads(1));
                OnnxSession candidate = OnnxSession.open(small, SessionOptions.threads(1))) {
            // when
            var result = LatencyComparison.measure(
                    original,
                    candidate,
                    RandomInputs.of(small, 4, 1),
                    new LatencyComparison.Effort(50, Duration.ofSeconds(5)),
                    ProgressListener.NONE);

            // then
            assertThat(result.rounds()).isBetween(20, 50);
            assertThat(result.lowMillis()).isPositive().isLessThanOrEqualTo(result.medianMillis());
            assertThat(result.originalMedianMillis()).isGreaterThan(result.lowMillis());
        }
    }

    @Test
    void intervalsCoverTheTrueMedianAsOftenAsTheyPromise() {
        // given
        Random random = new Random(3);

        // when
        long covered = IntStream.range(0, 300)
                .mapToObj(i -> Median.of(random.doubles(200).toArray()))
                .filter(m -> m.low() <= 0.5 && m.high() >= 0.5)
                .count();

        // then
        assertThat(covered / 300.0).isBetween(0.91, 0.985);
    }

    private long oneMilli() {
        try {
            Thread.sleep(1);
            return 1_000_000;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
