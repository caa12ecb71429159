package io.millrace.svd.tucker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.cost.Alignment;
import io.millrace.selection.Networks;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.layer.Rebuilt;
import io.millrace.svd.layer.Single;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.RankGrid;
import io.millrace.tensor.Matrix;
import java.util.List;
import org.junit.jupiter.api.Test;

class TuckerTest {
    private static final Layer LAYER = Single.convolution(8, 1, 6, 5, 3, 3);

    @Test
    void errorFallsWithEachRankAndStaysBetweenItsBounds() {
        // given
        CoreEnergy energy = CoreEnergy.of(LAYER);

        for (int outputs = 1; outputs <= 6; outputs++) {
            for (int inputs = 1; inputs <= 5; inputs++) {
                // when
                double error = error(outputs, inputs);

                // then neither side alone can lose more, and one decomposition without iterations not less
                double most = energy.lost(outputs, inputs);
                double least = Math.max(energy.lost(outputs, 5), energy.lost(6, inputs));
                assertThat(error).isBetween(least * 0.999 - 1e-6, most * 1.001 + 1e-6);
                if (outputs > 1) {
                    assertThat(error).isLessThanOrEqualTo(error(outputs - 1, inputs) * 1.001 + 1e-6);
                }
            }
        }
        assertThat(error(6, 5)).isLessThan(1e-6);
    }

    private static double error(int outputs, int inputs) {
        Cut cut = Tucker.cut(LAYER, outputs, inputs);
        Matrix made = Rebuilt.of(
                LAYER, new Tucker().factorize(LAYER, List.of(Metric.PLAIN)).chain(cut))[0];
        Matrix difference = LAYER.kernels()[0].plus(-1, made);
        return difference.dot(difference);
    }

    @Test
    void variationalBayesFindsThePairOfANoisyKernel() {
        // given a kernel of 24 inputs and 32 outputs that holds 8 mixtures of each, and some noise
        Matrix core = random(1, 8, 8 * 9);
        Matrix kernel = random(2, 32, 8)
                .times(core.times(Unfolding.spread(random(3, 24, 8), 9).transposed()));
        float[] noise = Networks.random(4, 32 * 24 * 9).floats();
        float[] values = kernel.floats();
        for (int i = 0; i < values.length; i++) {
            values[i] += 0.5f * noise[i];
        }
        Layer layer = Single.convolution(8, 1, io.millrace.onnx.Tensor.ofFloats(values, 32, 24, 3, 3));

        // when
        int[] pair = CoreEnergy.of(layer).bayesian(new RankGrid(10, Alignment.NONE));

        // then
        assertThat(pair).containsExactly(8, 8);
        assertThat(new Tucker().cuts(layer, new RankGrid(10, Alignment.NONE)))
                .anyMatch(cut -> cut.rank().equals("8 x 8"));
    }

    private static Matrix random(int seed, int rows, int columns) {
        return Matrix.of(Networks.random(seed, rows, columns).floats(), rows, columns);
    }

    @Test
    void pairsArePaidForAndNoSideIsWiderThanTheOtherCanFill() {
        // given
        Layer layer = Single.convolution(14, 1, 64, 64, 3, 3);

        // when
        List<Cut> cuts = new Tucker().cuts(layer, new RankGrid(10, Alignment.RUNTIME));

        // then
        assertThat(cuts).isNotEmpty().allMatch(cut -> cut.ratio(layer) < 1);
        assertThat(cuts).allMatch(cut -> cut.ranks()[0] % 16 == 0 && cut.ranks()[1] % 16 == 0);
        assertThat(cuts).isSortedAccordingTo((a, b) -> Double.compare(b.ratio(layer), a.ratio(layer)));
    }

    @Test
    void kernelsOfOneElementAndDepthwiseOnesAreDeclined() {
        assertThat(new Tucker().obstacle(Single.convolution(8, 1, 6, 5, 1, 1))).isPresent();
        assertThat(new Tucker().obstacle(Single.convolution(8, 1, 6, 1, 3, 3))).isPresent();
        assertThat(new Tucker().obstacle(LAYER)).isEmpty();
    }
}
