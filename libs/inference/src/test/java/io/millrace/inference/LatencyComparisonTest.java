package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.OnnxModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        var effort = new LatencyComparison.Effort(2000, Duration.ofSeconds(5));

        var result = LatencyComparison.measure(() -> 3_000_000, () -> 1_500_000, effort, ProgressListener.NONE);

        assertThat(result.rounds()).isEqualTo(200);
        assertThat(result.speedUp()).isCloseTo(2, within(1e-9));
    }

    /** A network against itself, where what slows the machine lasts for so many rounds on average. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 0.9, 0.97})
    void aNetworkIsAsFastAsItselfHoweverLongNoiseLasts(double persistence) throws Exception {
        // given noise of 5 % that is its own past, and noise of 2 % that is not
        Random random = new Random(7);
        var effort = new LatencyComparison.Effort(2000, Duration.ofMinutes(1));
        int covered = 0;
        int told = 0;
        for (int draw = 0; draw < 200; draw++) {
            double[] lasting = {0.05 * random.nextGaussian()};
            LatencyComparison.Run first = () -> {
                lasting[0] = persistence * lasting[0]
                        + 0.05 * Math.sqrt(1 - persistence * persistence) * random.nextGaussian();
                return Math.round(1e6 * Math.exp(lasting[0] + 0.02 * random.nextGaussian()));
            };

            // when
            var result = LatencyComparison.measure(first, () -> 1_000_000, effort, ProgressListener.NONE);

            // then
            covered += result.speedUpLow() <= 1 && result.speedUpHigh() >= 1 ? 1 : 0;
            told += result.speedUp() != null ? 1 : 0;
            assertThat(result.speedUp() == null).isEqualTo(result.unmeasured() != null);
        }
        assertThat(covered).as("1 lies in so many of 200 intervals").isGreaterThanOrEqualTo(180);
        assertThat(told).as("so many of 200 were told").isGreaterThan(persistence < 0.95 ? 180 : 100);
    }

    @Test
    void longStretchesOfNoiseThatFewRoundsCannotTellFromADifferenceAreNoMeasurement() throws Exception {
        // given a machine that is a little slower for half of the time, in one piece
        int[] rounds = {0};

        var result = LatencyComparison.measure(
                () -> rounds[0]++ < 60 ? 1_000_000 : 1_010_000,
                () -> 1_000_000,
                new LatencyComparison.Effort(100, Duration.ofSeconds(5)),
                ProgressListener.NONE);

        assertThat(result.speedUp()).isNull();
        assertThat(result.unmeasured()).contains("busy for long stretches, so that 100 rounds tell no more than ");
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
    void sessionsAreOpenedAnewForEachHalf() {
        OnnxModel network = SmallNetworks.convolutions(16, 2, -1);
        List<String> opened = new ArrayList<>();
        List<Long> progress = new ArrayList<>();

        var result = LatencyComparison.measureAnew(
                () -> opened(network, "original", opened),
                () -> opened(network, "candidate", opened),
                RandomInputs.of(network, 4, 1),
                new LatencyComparison.Effort(100, Duration.ofSeconds(5)),
                (done, total) -> progress.add(100 * done / total));

        assertThat(opened).containsExactly("original", "candidate", "candidate", "original");
        assertThat(result.rounds()).isBetween(40, 100);
        assertThat(progress).isSorted();
        assertThat(progress.get(progress.size() - 1)).isGreaterThan(50);
    }

    private static OnnxSession opened(OnnxModel network, String name, List<String> opened) {
        opened.add(name);
        return OnnxSession.open(network, SessionOptions.threads(1));
    }

    @Test
    void halvesThatDoNotAgreeAreNoMeasurement() {
        var first = half(0.6, 0.59, 0.61);

        assertThat(LatencyComparison.agreed(first, half(1.0, 0.99, 1.01)).speedUp())
                .isNull();
        assertThat(LatencyComparison.agreed(first, half(1.0, 0.99, 1.01)).unmeasured())
                .isEqualTo("not measurable here: opened anew, the same models differ otherwise (from 0.59x to 1.01x)");
        assertThat(LatencyComparison.agreed(first, half(null, 0.5, 0.7)).unmeasured())
                .isEqualTo("not measurable here: after 400 rounds it may be anything from 0.50x to 0.70x");
        var agreed = LatencyComparison.agreed(first, half(0.605, 0.6, 0.615));
        assertThat(agreed.speedUp()).isCloseTo(Math.sqrt(0.6 * 0.605), within(1e-12));
        assertThat(agreed.speedUpLow()).isEqualTo(0.59);
        assertThat(agreed.speedUpHigh()).isEqualTo(0.615);
        assertThat(agreed.unmeasured()).isNull();
    }

    private static LatencyComparison.Result half(Double speedUp, double low, double high) {
        return new LatencyComparison.Result(
                2, 1.9, 2.1, 1.2, speedUp, low, high, 200, speedUp == null ? "too wide" : null);
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
