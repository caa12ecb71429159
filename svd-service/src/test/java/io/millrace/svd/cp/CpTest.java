package io.millrace.svd.cp;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Tensor;
import io.millrace.selection.Networks;
import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.layer.Rebuilt;
import io.millrace.svd.layer.Single;
import io.millrace.svd.method.Cut;
import io.millrace.tensor.Matrix;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CpTest {
    private static final int[] DIMS = {7, 6, 3, 3};

    /** A kernel that is the sum of so many products of vectors, and noise. */
    private static Layer layer(int rank, double noise) {
        Random random = new Random(5);
        float[] values = new float[7 * 6 * 9];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (noise * random.nextGaussian());
        }
        for (int r = 0; r < rank; r++) {
            double[][] factors = new double[4][];
            for (int f = 0; f < 4; f++) {
                factors[f] = random.doubles(DIMS[f], -1, 1).toArray();
            }
            for (int i = 0; i < values.length; i++) {
                values[i] += (float)
                        (factors[0][i / 54] * factors[1][i / 9 % 6] * factors[2][i / 3 % 3] * factors[3][i % 3]);
            }
        }
        return Single.convolution(8, 1, Tensor.ofFloats(values, 7, 6, 3, 3));
    }

    private static double error(Layer layer, int rank) {
        Matrix kernel = layer.kernels()[0];
        Matrix difference = kernel.plus(-1, Rebuilt.of(layer, chain(layer, rank))[0]);
        return Math.sqrt(difference.dot(difference) / kernel.dot(kernel));
    }

    private static List<ChainLink> chain(Layer layer, int rank) {
        Cut cut = new Cut(Cp.NAME, new int[] {rank}, new Cp.Chains(layer).forms(rank));
        return new Cp().factorize(layer, List.of(Metric.PLAIN)).chain(cut);
    }

    @Test
    void kernelOfKnownRankIsFoundAtThatRank() {
        assertThat(error(layer(3, 0), 3)).isLessThan(0.01);
        assertThat(error(layer(3, 0), 2)).isGreaterThan(0.05);
    }

    @Test
    void errorFallsWithTheRank() {
        // given
        Layer layer = layer(3, 0.02);
        double before = 1;

        for (int rank = 1; rank <= 8; rank++) {
            // when
            double error = error(layer, rank);

            // then
            assertThat(error).isLessThan(before * 1.01);
            before = error;
        }
    }

    @Test
    void theSameSeedGivesTheSameFactorsAndNoneOutgrowsTheOthers() {
        // given
        Layer layer = Single.convolution(8, 1, Networks.random(3, 7, 6, 3, 3));

        // when
        List<ChainLink> once = chain(layer, 5);
        List<ChainLink> again = chain(layer, 5);

        // then
        for (int i = 0; i < once.size(); i++) {
            assertThat(once.get(i).weight()).isEqualTo(again.get(i).weight());
            assertThat(once.get(i).largest()).isLessThan(3 * layer.largestWeight());
        }
    }
}
