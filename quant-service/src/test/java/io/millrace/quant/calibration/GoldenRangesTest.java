package io.millrace.quant.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Against the ranges of ONNX Runtime 1.32.0 ({@code onnxruntime.quantization.calibrate.HistogramCollector}, 2048 bins),
 * fed with the same 20,000 values in four parts: quantiles of a distribution at u = (i * 7919 mod 20000 + 0.5) / 20000.
 * Percentile is {@code symmetric=False}; entropy has 255 quantized bins.
 */
class GoldenRangesTest {
    private static final int COUNT = 20_000;
    private static final Map<String, DoubleUnaryOperator> QUANTILES = new LinkedHashMap<>();

    static {
        QUANTILES.put("logistic", GoldenRangesTest::logit);
        QUANTILES.put("laplace", u -> u < 0.5 ? Math.log(2 * u) : -Math.log(2 * (1 - u)));
        QUANTILES.put("heavy", u -> Math.pow(logit(u), 3));
        QUANTILES.put("exponential", u -> -Math.log(1 - u));
        QUANTILES.put("relu", u -> Math.max(0, logit(u)));
        QUANTILES.put("silu", u -> logit(u) * u);
        QUANTILES.put("uniform", u -> 2 * u - 1);
    }

    private static double logit(double u) {
        return Math.log(u / (1 - u));
    }

    @ParameterizedTest
    @CsvSource({
        "logistic, 99.9, -7.65771, 7.64736",
        "logistic, 99, -5.29831, 5.29831",
        "laplace, 99.9, -6.96339, 6.95372",
        "heavy, 99.9, -448.527, 447.365",
        "heavy, 99, -149.896, 148.734",
        "exponential, 99, 0.000025, 5.29832",
        "relu, 99.9, 0, 7.64736",
        "silu, 99.9, -0.278465, 7.64717",
        "silu, 99, -0.278465, 5.26713",
        "uniform, 99, -0.990185, 0.989208"
    })
    void percentile(String distribution, double percentile, double low, double high) {
        Histogram values = histogram(distribution);

        Range range = RangeMethod.PERCENTILE.range(values, percentile);

        double bins = 2 * (2 * Math.max(-values.min(), values.max()) / 2048);
        assertThat(range.min()).isCloseTo(low, within(bins));
        assertThat(range.max()).isCloseTo(high, within(bins));
    }

    /**
     * ONNX Runtime merges by whole bins and puts what is left over into the last level, and gives half of the levels to
     * a side that has no values, so its thresholds are lower than the divergence asks for; with what they cost.
     */
    @ParameterizedTest
    @CsvSource({
        "logistic, -8.04059, 8.05094",
        "laplace, -7.51466, 7.52433",
        "heavy, -296.306, 297.468",
        "exponential, 0, 9.35484",
        "relu, 0, 3.96338",
        "silu, -0.278465, 7.92656",
        "uniform, -0.996044, 0.997020"
    })
    void entropyErrsNoMoreThanOnnxRuntimes(String distribution, double low, double high) {
        Histogram values = histogram(distribution);

        Range range = ChosenRanges.of(Map.of("x", values), RangeMethod.ENTROPY, null)
                .ranges()
                .get("x");

        Rounding rounding = new Rounding(values);
        assertThat(rounding.error(range)).isLessThanOrEqualTo(rounding.error(new Range(low, high)));
        assertThat(range.max()).isGreaterThanOrEqualTo(high);
    }

    @ParameterizedTest
    @CsvSource({"logistic", "laplace", "heavy", "exponential", "relu", "silu", "uniform"})
    void noCalibrationErrsMoreThanMinMax(String distribution) {
        Histogram values = histogram(distribution);
        Rounding rounding = new Rounding(values);
        double full = rounding.error(RangeMethod.MIN_MAX.range(values, 0));

        for (RangeMethod method : RangeMethod.values()) {
            ChosenRanges chosen = ChosenRanges.of(Map.of("x", values), method, null);

            assertThat(rounding.error(chosen.ranges().get("x"))).as(method.id()).isLessThanOrEqualTo(1.01 * full);
        }
    }

    @ParameterizedTest
    @CsvSource({"logistic", "laplace", "heavy", "relu", "silu"})
    void entropyFindsTheLeastDivergence(String distribution) {
        Histogram values = histogram(distribution);

        Range range = RangeMethod.ENTROPY.range(values, 0);

        assertThat(range.max()).isCloseTo(leastDivergence(values), within(1e-6));
    }

    /** By the definition, with whole arrays. */
    private static double leastDivergence(Histogram values) {
        int merge = 1;
        int first = values.bin(values.min());
        int last = values.bin(values.max());
        while ((last - first + 1) / merge > 2048) {
            merge *= 2;
        }
        int bins = Histogram.BINS / merge;
        double[] counts = new double[bins];
        double total = 0;
        for (int i = 0; i < Histogram.BINS; i++) {
            boolean atZero = i / merge == bins / 2 || i / merge == bins / 2 - 1;
            counts[i / merge] += atZero ? 0 : values.counts()[i];
            total += atZero ? 0 : values.counts()[i];
        }
        double best = Double.POSITIVE_INFINITY;
        double threshold = 0;
        for (int half = 1; half <= bins / 2; half++) {
            int from = Math.max(first / merge, bins / 2 - half);
            int to = Math.min(last / merge + 1, bins / 2 + half);
            int size = to - from;
            if (size < 255) {
                continue;
            }
            double[] real = new double[size];
            double inside = 0;
            for (int i = 0; i < bins; i++) {
                real[Math.max(0, Math.min(size - 1, i - from))] += counts[i];
                inside += i >= from && i < to ? counts[i] : 0;
            }
            double[] quantized = new double[size];
            for (int level = 0; level < 255; level++) {
                double sum = 0;
                int full = 0;
                for (int i = level * size / 255; i < (level + 1) * size / 255; i++) {
                    sum += counts[from + i];
                    full += counts[from + i] > 0 ? 1 : 0;
                }
                for (int i = level * size / 255; i < (level + 1) * size / 255; i++) {
                    quantized[i] = counts[from + i] > 0 ? sum / full / inside : 1e-12;
                }
            }
            double divergence = 0;
            for (int i = 0; i < size; i++) {
                divergence += real[i] == 0 ? 0 : real[i] / total * Math.log(real[i] / total / quantized[i]);
            }
            if (divergence < best - 1e-12) {
                best = divergence;
                threshold = half * 2 * values.radius() / bins;
            }
        }
        return Math.min(threshold, values.max());
    }

    static Histogram histogram(String distribution) {
        float[] values = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            values[i] = (float) QUANTILES.get(distribution).applyAsDouble((i * 7919L % COUNT + 0.5) / COUNT);
        }
        Histogram histogram = new Histogram();
        for (int part = 0; part < 4; part++) {
            histogram.add(FloatBuffer.wrap(values, part * COUNT / 4, COUNT / 4).slice());
        }
        return histogram;
    }
}
