package io.millrace.pruning;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tensor.NormalEquations;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** The last layer of a VGG: 112 inputs, 10 outputs, weights up to 0.31. */
class LayerFitTest {
    private static final int INPUTS = 112;
    private static final int OUTPUTS = 10;
    private static final float SIZE = 0.31f;

    private final Random random = new Random(4);
    private final float[] weights = uniform(INPUTS * OUTPUTS, SIZE);
    private final double[] sizes = sizes(weights);

    private float[] uniform(int count, float size) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (2 * random.nextFloat() - 1) * size;
        }
        return values;
    }

    private static double[] sizes(float[] weights) {
        double[] sizes = new double[OUTPUTS];
        for (int i = 0; i < weights.length; i++) {
            sizes[i % OUTPUTS] = Math.max(sizes[i % OUTPUTS], Math.abs(weights[i]));
        }
        return sizes;
    }

    /**
     * Activations behind a ReLU, of which the first twenty fire on one sample in a thousand only, and faintly; what the
     * outputs lack is `truth` of the inputs, and noise.
     */
    private NormalEquations samples(int rows, float[] truth, float noise) {
        NormalEquations equations = new NormalEquations(INPUTS, OUTPUTS);
        float[] x = new float[rows * INPUTS];
        float[] y = new float[rows * OUTPUTS];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < INPUTS; i++) {
                boolean rare = i < 20;
                boolean fires = rare ? random.nextInt(1000) == 0 : random.nextBoolean();
                x[row * INPUTS + i] = fires ? (rare ? 0.02f : 1) * random.nextFloat() : 0;
            }
            for (int o = 0; o < OUTPUTS; o++) {
                double sum = noise * random.nextGaussian();
                for (int i = 0; i < INPUTS; i++) {
                    sum += truth[i * OUTPUTS + o] * x[row * INPUTS + i];
                }
                y[row * OUTPUTS + o] = (float) sum;
            }
        }
        equations.add(x, y, rows);
        return equations;
    }

    private float largest(float[] change) {
        float largest = 0;
        for (int i = 0; i < change.length; i++) {
            largest = Math.max(largest, Math.abs(weights[i] + change[i]));
        }
        return largest;
    }

    @Test
    void unitsThatHardlyFireDoNotBlowTheWeightsUp() {
        // given as many samples as a calibration set has
        float[] truth = uniform(INPUTS * OUTPUTS, 0.2f);
        try (NormalEquations fitted = samples(1000, truth, 0.3f);
                NormalEquations aside = samples(300, truth, 0.3f)) {
            // least squares as such make them grow beyond anything
            assertThat(largest(hardlyAnyRidge(fitted))).isGreaterThan(20 * SIZE);

            // when
            LayerFit fit = LayerFit.of(fitted, aside, weights, sizes);

            // then
            assertThat(largest(fit.change())).isLessThan(3.01f * SIZE);
            assertThat(fit.worthwhile()).isTrue();
            assertThat(fit.errorAfter()).isLessThan(0.75 * fit.errorBefore());
        }
    }

    /** With next to no ridge, what a unit does on the one sample on which it fires is fitted whatever it takes. */
    private float[] hardlyAnyRidge(NormalEquations equations) {
        return equations.solve(1e-9).coefficients();
    }

    @Test
    void fitThatOnlyHelpsOnWhatItWasFittedToIsRejected() {
        // given outputs that lack nothing but noise
        float[] nothing = new float[INPUTS * OUTPUTS];
        try (NormalEquations fitted = samples(300, nothing, 1);
                NormalEquations aside = samples(300, nothing, 1)) {

            // when
            LayerFit fit = LayerFit.of(fitted, aside, weights, sizes);

            // then
            assertThat(fit.worthwhile()).isFalse();
        }
    }

    /** Two inputs; the first output lacks {@code first} times the first input, the second one the second input. */
    private NormalEquations two(float first) {
        NormalEquations equations = new NormalEquations(2, 2);
        float[] x = new float[80];
        float[] y = new float[80];
        for (int i = 0; i < 80; i += 2) {
            x[i] = (float) random.nextGaussian();
            x[i + 1] = (float) random.nextGaussian();
            y[i] = first * x[i];
            y[i + 1] = x[i + 1];
        }
        equations.add(x, y, 40);
        return equations;
    }

    @Test
    void outputsThatAreNotNearerStayAsTheyWere() {
        // given the first output goes the other way on the samples kept aside
        try (NormalEquations fitted = two(1);
                NormalEquations aside = two(-1)) {

            // when
            LayerFit fit = LayerFit.of(fitted, aside, new float[] {1, 1, 1, 1}, new double[] {1, 1});

            // then
            assertThat(fit.change()[0]).isZero();
            assertThat(fit.change()[2]).isZero();
            assertThat(fit.change()[3]).isBetween(0.99f, 1.01f);
            assertThat(fit.errorBefore() - fit.errorAfter())
                    .isCloseTo(aside.energies()[1], Assertions.withinPercentage(1));
        }
    }

    @Test
    void noWeightGrowsBeyondItsBoundHoweverMuchThatWouldHelp() {
        // given the first output lacks fifty times its input
        try (NormalEquations fitted = two(50);
                NormalEquations aside = two(50)) {

            // when
            LayerFit fit = LayerFit.of(fitted, aside, new float[] {0.5f, 0.5f, 0.5f, 0.5f}, new double[] {0.5, 0.5});

            // then it goes as far as three times its size, which is nearer
            assertThat(0.5f + fit.change()[0]).isBetween(1.49f, 1.501f);
            assertThat(fit.worthwhile()).isTrue();
        }
    }

    @Test
    void goodFitIsFoundWhereTheSamplesDetermineIt() {
        // given no noise, and a change within the bound
        float[] truth = uniform(INPUTS * OUTPUTS, 0.2f);
        Arrays.fill(truth, 0, 20 * OUTPUTS, 0);
        try (NormalEquations fitted = samples(2000, truth, 0);
                NormalEquations aside = samples(500, truth, 0)) {

            // when
            LayerFit fit = LayerFit.of(fitted, aside, weights, sizes);

            // then
            assertThat(fit.errorAfter()).isLessThan(1e-4 * fit.errorBefore());
        }
    }
}
