package io.millrace.svd.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.selection.Networks;
import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.layer.Splice;
import io.millrace.svd.layer.SplittableLayers;
import io.millrace.svd.lowrank.Pair;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition;
import io.millrace.svd.spatial.SpatialSvd;
import io.millrace.tensor.Matrix;
import io.millrace.tensor.SecondMoments;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InputMomentsTest {

    @Test
    void theMetricOfPatchesIsTheErrorOfTheLayersOutput() {
        // given a strided, dilated, grouped convolution with uneven paddings
        OnnxModel model = Networks.input(-1, 6, 9, 8)
                .node("Conv", "y", "x", "[8,3,3,3]")
                .with(node -> node.with("group", 2)
                        .with("strides", new long[] {2, 1})
                        .with("dilations", new long[] {1, 2})
                        .with("pads", new long[] {1, 2, 0, 1}))
                .output("y", -1, 8, -1, -1);
        Layer layer = SplittableLayers.of(model).layers().get(0);
        Tensor x = Networks.random(3, 5, 6, 9, 8);
        Metrics metrics = metrics(layer, x);
        Pair pair = SpatialSvd.pair(layer);

        for (int rank : new int[] {2, 5}) {
            // when
            Cut cut = new Cut(SpatialSvd.NAME, new int[] {rank}, pair.forms(rank));
            List<ChainLink> chain =
                    new SpatialSvd().factorize(layer, metrics.fitted()).chain(cut);
            OnnxModel made = model.copy();
            Splice.apply(made.graph(), layer, chain, SpatialSvd.NAME);

            // then
            double loss = relative(Networks.run(model, x), Networks.run(made, x));
            assertThat(metrics.loss(layer, chain)).isCloseTo(loss, within(1e-4));
        }
    }

    @Test
    void automaticPaddingIsTheRuntimes() {
        for (String padding : List.of("SAME_UPPER", "SAME_LOWER", "VALID")) {
            // given
            OnnxModel model = Networks.input(-1, 4, 10, 7)
                    .node("Conv", "y", "x", "[5,4,4,3]")
                    .with(node -> node.with("strides", new long[] {2, 3}).with("auto_pad", padding))
                    .output("y", -1, 5, -1, -1);
            Layer layer = SplittableLayers.of(model).layers().get(0);
            Tensor x = Networks.random(3, 4, 4, 10, 7);

            // when
            Metrics metrics = metrics(layer, x);

            // then the metric gives the energy of the output itself
            double energy = 0;
            float[] y = Networks.run(model, x);
            for (float value : y) {
                energy += (double) value * value;
            }
            double perPosition = energy / (y.length / 5.0);
            assertThat(metrics.fitted().get(0).error(layer.kernels()[0]))
                    .isCloseTo(perPosition, within(1e-4 * perPosition));
        }
    }

    @Test
    void dataThatLivesInFewDirectionsIsDecomposedThere() {
        // given inputs that are mixtures of two, and a layer that is of full rank
        OnnxModel model =
                Networks.input(-1, 12).node("MatMul", "y", "x", "[12,10]").output("y", -1, 10);
        Layer layer = SplittableLayers.of(model).layers().get(0);
        Matrix mixtures = Matrix.of(Networks.random(1, 40, 2).floats(), 40, 2)
                .times(Matrix.of(Networks.random(2, 2, 12).floats(), 2, 12));
        Metrics metrics = metrics(layer, Tensor.ofFloats(mixtures.floats(), 40, 12));
        Pair pair = SpatialSvd.pair(layer);
        Cut cut = new Cut(SpatialSvd.NAME, new int[] {2}, pair.forms(2));

        // when
        Decomposition.Factorization byWeights = new SpatialSvd().factorize(layer, List.of(Metric.PLAIN));
        Decomposition.Factorization byData = new DataAware(new SpatialSvd(), layer, metrics);

        // then
        assertThat(metrics.loss(layer, byWeights.chain(cut))).isGreaterThan(0.2);
        assertThat(metrics.loss(layer, byData.chain(cut))).isLessThan(1e-4);
    }

    @Test
    void channelsStandForPatchesThatAreIndependent() {
        // given
        Layer layer = SplittableLayers.of(Networks.input(-1, 5, 9, 9)
                        .node("Conv", "y", "x", "[7,5,3,3]")
                        .output("y", -1, 7, -1, -1))
                .layers()
                .get(0);
        Matrix root = Matrix.of(Networks.random(1, 5, 8).floats(), 5, 8);
        Matrix channels = root.timesTransposed(root);
        double[] whole = new double[45 * 45];
        for (int i = 0; i < 45; i++) {
            for (int j = 0; j < 45; j++) {
                whole[i * 45 + j] = i % 9 == j % 9 ? channels.at(i / 9, j / 9) : 0;
            }
        }
        Metric patches = new PatchMetric(new Matrix(whole, 45, 45));
        Metric metric = new ChannelMetric(channels, 9);

        // when, then
        Matrix kernel = layer.kernels()[0];
        assertThat(metric.error(kernel)).isCloseTo(patches.error(kernel), within(1e-6));
        assertThat(metric.weigh(kernel).plus(-1, patches.weigh(kernel)).dot(kernel))
                .isCloseTo(0, within(1e-6));
        for (boolean[] axes : new boolean[][] {{true, false}, {false, false}, {true, true}}) {
            Matrix difference = metric.seen(layer, axes).plus(-1, patches.seen(layer, axes));
            assertThat(difference.dot(difference)).isLessThan(1e-9);
        }
    }

    /** All positions of all samples, to fit to and to judge by. */
    private static Metrics metrics(Layer layer, Tensor x) {
        float[][] rows = new Patches(layer, layer.node(), false).rows(x, Integer.MAX_VALUE, new Random(1));
        List<Metric> metrics = java.util.Arrays.stream(rows)
                .map(group -> {
                    try (SecondMoments sums = new SecondMoments(layer.inputs() * layer.taps())) {
                        sums.add(group, group.length / (layer.inputs() * layer.taps()));
                        return (Metric) new PatchMetric(sums.mean());
                    }
                })
                .toList();
        return new Metrics(metrics, metrics);
    }

    private static double relative(float[] wanted, float[] made) {
        double error = 0;
        double energy = 0;
        for (int i = 0; i < wanted.length; i++) {
            error += Math.pow(wanted[i] - made[i], 2);
            energy += Math.pow(wanted[i], 2);
        }
        return error / energy;
    }
}
