package io.millrace.quant.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.quant.qdq.Encoding;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangesTest {
    private final Random random = new Random(4);

    @Test
    void histogramWidensWithoutLosingAValue() {
        // given
        Histogram histogram = new Histogram();

        // when
        histogram.add(FloatBuffer.wrap(new float[] {0.001f, -0.002f, 0}));
        histogram.add(FloatBuffer.wrap(new float[] {1000, -3, Float.NaN, Float.POSITIVE_INFINITY}));

        // then
        assertThat(Arrays.stream(histogram.counts()).sum()).isEqualTo(5);
        assertThat(histogram.notFinite()).isEqualTo(2);
        assertThat(histogram.min()).isEqualTo(-3);
        assertThat(histogram.max()).isEqualTo(1000);
        assertThat(histogram.radius()).isEqualTo(1024);
        assertThat(histogram.counts()[(int) ((1000 + 1024) * Histogram.BINS / 2048.0)])
                .isEqualTo(1);
    }

    @Test
    void histogramOfAStreamEqualsThatOfTheWhole() {
        // given
        float[] values = gaussian(10_000, 3);
        Histogram whole = histogram(values);
        Histogram streamed = new Histogram();

        // when
        for (int i = 0; i < values.length; i += 100) {
            streamed.add(FloatBuffer.wrap(values, i, 100).slice());
        }

        // then
        assertThat(streamed.counts()).isEqualTo(whole.counts());
    }

    @Test
    void percentileCutsBothTails() {
        // given
        float[] values = new float[10_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 10_000f - 0.5f;
        }

        // when
        Range range = RangeMethod.PERCENTILE.range(histogram(values), 90);

        // then
        assertThat(range.min()).isCloseTo(-0.45, within(0.002));
        assertThat(range.max()).isCloseTo(0.45, within(0.002));
    }

    @Test
    void aTensorWithoutNegativeValuesHasAllItsLevelsOnOneSide() {
        // given
        float[] values = gaussian(100_000, 1);
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(0, values[i]);
        }

        for (RangeMethod method : RangeMethod.values()) {
            // when
            Range range = ChosenRanges.of(Map.of("x", histogram(values)), method, null)
                    .ranges()
                    .get("x");

            // then
            assertThat(noise(values, Encoding.of(range)) / values.length)
                    .as(method.id())
                    .isLessThan(1.2e-5);
        }
    }

    @Test
    void aGivenPercentileIsFollowedWhateverItCosts() {
        // given
        float[] values = gaussian(100_000, 1);
        values[7] = 100;
        Map<String, Histogram> histograms = Map.of("x", histogram(values));

        // when
        ChosenRanges given = ChosenRanges.of(histograms, RangeMethod.PERCENTILE, 99.9);
        ChosenRanges left = ChosenRanges.of(histograms, RangeMethod.PERCENTILE, null);

        // then
        assertThat(given.ranges().get("x").max()).isCloseTo(3.29, within(0.05));
        assertThat(left.ranges().get("x").max()).isEqualTo(100);
        assertThat(left.notes()).anyMatch(note -> note.contains("1 of 1 ranges are those of min-max"));
    }

    @Test
    void saysWhereFewHugeValuesLeaveNothingOfTheOthers() {
        // given
        float[] values = gaussian(100_000, 0.01);
        values[7] = 950;

        // when
        ChosenRanges chosen = ChosenRanges.of(Map.of("logits", histogram(values)), RangeMethod.MIN_MAX, null);
        ChosenRanges ordinary =
                ChosenRanges.of(Map.of("logits", histogram(gaussian(100_000, 3))), RangeMethod.MIN_MAX, null);

        // then
        assertThat(chosen.notes())
                .singleElement()
                .asString()
                .contains("'logits' ranges from")
                .contains("950");
        assertThat(ordinary.notes()).isEmpty();
    }

    @Test
    void sqnrIsNeverNoisierThanMinMax() {
        for (int trial = 0; trial < 20; trial++) {
            // given
            float[] values = gaussian(20_000, 1);
            for (int i = 0; i < values.length; i++) {
                values[i] = trial % 2 == 0 ? Math.max(0, values[i]) : (float) Math.pow(values[i], 3);
            }
            Histogram histogram = histogram(values);

            // when
            double chosen = noise(values, Encoding.of(RangeMethod.SQNR.range(histogram, 0)));
            double full = noise(values, Encoding.of(RangeMethod.MIN_MAX.range(histogram, 0)));

            // then
            assertThat(chosen).isLessThanOrEqualTo(full * 1.01);
        }
    }

    @Test
    void rangesOfNonNegativeTensorsBeginAtZeroAndAlwaysHoldZero() {
        // given
        float[] values = gaussian(5000, 2);
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(0, values[i]);
        }

        for (RangeMethod method : RangeMethod.values()) {
            // when
            Encoding encoding = Encoding.of(method.range(histogram(values), 99.9));

            // then
            assertThat(encoding.zeroPoint()).as(method.id()).isZero();
            assertThat(encoding.round(0)).isZero();
        }
        assertThat(Encoding.of(new Range(3, 5)).round(0)).isZero();
        assertThat(Encoding.of(new Range(-5, -3)).round(0)).isZero();
        assertThat(Encoding.of(new Range(0, 0)).scale()).isPositive();
    }

    @Test
    void roundingErrsByHalfAStepAtMost() {
        // given
        Encoding encoding = Encoding.of(new Range(-1.3, 2.9));

        for (int i = 0; i < 1000; i++) {
            // when
            float value = (float) (random.nextDouble() * 4.1 - 1.25);

            // then
            assertThat(encoding.round(value)).isCloseTo(value, within(encoding.scale() * 0.5001f));
        }
        assertThat(encoding.round(100)).isCloseTo(2.9f, within(encoding.scale()));
    }

    private static double noise(float[] values, Encoding encoding) {
        double noise = 0;
        for (float value : values) {
            double difference = value - encoding.round(value);
            noise += difference * difference;
        }
        return noise;
    }

    private Histogram histogram(float[] values) {
        Histogram histogram = new Histogram();
        histogram.add(FloatBuffer.wrap(values));
        return histogram;
    }

    private float[] gaussian(int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }
}
