package io.millrace.svd.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.Costs;
import io.millrace.selection.Networks;
import io.millrace.svd.calibration.PatchMetric;
import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.layer.Rebuilt;
import io.millrace.svd.layer.Splice;
import io.millrace.svd.layer.SplittableLayers;
import io.millrace.svd.lowrank.Pair;
import io.millrace.svd.spatial.SpatialSvd;
import io.millrace.svd.tucker.Tucker;
import io.millrace.svd.weight.WeightSvd;
import io.millrace.tensor.Matrix;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Layers with random kernels, strides, dilations, groups, paddings and axes, decomposed by every method: at full rank
 * the network answers as before, in the metric of random data as in the plain one; the chain's costs are those that are
 * counted on the graph; below full rank the network computes the kernel that the chain is said to amount to.
 */
class FullRankTest {
    private static final int NETWORKS = 60;

    record Drawn(int seed, OnnxModel model, long[] input) {
        @Override
        public String toString() {
            return seed + ": "
                    + model.graph().nodes().get(0).proto().getAttributeList().stream()
                            .map(a -> a.getName() + "="
                                    + (a.getIntsCount() > 0
                                            ? a.getIntsList()
                                            : a.hasI() ? a.getI() : a.getS().toStringUtf8()))
                            .toList();
        }
    }

    static Stream<Drawn> drawn() {
        return IntStream.range(0, NETWORKS).mapToObj(FullRankTest::draw);
    }

    private static Drawn draw(int seed) {
        Random random = new Random(seed);
        if (seed % 10 == 9) {
            return matrix(seed, random);
        }
        boolean transposed = seed % 3 == 2;
        int axes = 1 + random.nextInt(3);
        int groups = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 1;
        int inputs = 1 + random.nextInt(5);
        int outputs = 1 + random.nextInt(6);
        long[] kernel = draws(axes, random, 1, 3);
        long[] strides = draws(axes, random, 1, 2);
        long[] dilations = draws(axes, random, 1, 2);
        long[] pads = draws(2 * axes, random, 0, 2);
        String auto = List.of("NOTSET", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
                .get(random.nextInt(6));
        long[] input = new long[2 + axes];
        input[0] = 2;
        input[1] = groups * inputs;
        for (int axis = 0; axis < axes; axis++) {
            input[2 + axis] = 9 + random.nextInt(3);
            kernel[axis] = kernel[axis] == 2 ? 5 : kernel[axis];
            // ONNX Runtime knows no dilations where it pads by itself
            dilations[axis] = auto.equals("NOTSET") ? dilations[axis] : 1;
        }
        String shape = (transposed ? groups * inputs + "," + outputs : groups * outputs + "," + inputs)
                + IntStream.range(0, axes).mapToObj(a -> "," + kernel[a]).reduce("", String::concat);
        OnnxModel model = Networks.input(input)
                .node(transposed ? "ConvTranspose" : "Conv", "y", "x", "[" + shape + "]", "[" + groups * outputs + "]")
                .with(node -> {
                    var made =
                            node.with("group", groups).with("strides", strides).with("dilations", dilations);
                    if (random.nextBoolean()) {
                        made = made.with("kernel_shape", kernel);
                    }
                    if (transposed && random.nextBoolean() && auto.equals("NOTSET")) {
                        made = made.with(
                                "output_padding",
                                IntStream.range(0, axes)
                                        .mapToLong(a -> strides[a] - 1)
                                        .toArray());
                    }
                    return auto.equals("NOTSET") ? made.with("pads", pads) : made.with("auto_pad", auto);
                })
                .output("y", IntStream.range(0, 2 + axes).mapToLong(a -> -1).toArray());
        return new Drawn(seed, model, input);
    }

    private static long[] draws(int count, Random random, int from, int to) {
        return random.longs(count, from, to + 1).toArray();
    }

    private static Drawn matrix(int seed, Random random) {
        int inputs = 3 + random.nextInt(6);
        int outputs = 3 + random.nextInt(6);
        boolean product = random.nextBoolean();
        boolean transposed = !product && random.nextBoolean();
        long[] input = {4, inputs};
        Networks network = Networks.input(input);
        OnnxModel model = product
                ? network.node("MatMul", "y", "x", "[" + inputs + "," + outputs + "]")
                        .output("y", -1, -1)
                : network.node(
                                "Gemm",
                                "y",
                                "x",
                                transposed ? "[" + outputs + "," + inputs + "]" : "[" + inputs + "," + outputs + "]",
                                "[" + outputs + "]")
                        .with(node -> node.with("transB", transposed ? 1 : 0)
                                .with("alpha", 0.5f)
                                .with("beta", 2f))
                        .output("y", -1, -1);
        return new Drawn(seed, model, input);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("drawn")
    void chainsComputeWhatTheLayerDid(Drawn drawn) {
        // given
        SplittableLayers found = SplittableLayers.of(drawn.model);
        assertThat(found.declined()).isEmpty();
        Layer layer = found.layers().get(0);
        Tensor x = Networks.random(drawn.seed, drawn.input);
        float[] original = Networks.run(drawn.model, x);

        for (Metric metric : List.of(Metric.PLAIN, randomMetric(layer, drawn.seed))) {
            List<Metric> metrics = Collections.nCopies(layer.groups(), metric);
            for (Full full : full(layer)) {
                // when
                List<ChainLink> chain = full.method.factorize(layer, metrics).chain(full.cut);
                OnnxModel made = drawn.model.copy();
                Splice.apply(made.graph(), layer, chain, full.cut.method());

                // then
                assertThat(made.graph().nodes()).hasSize(full.cut.forms().size());
                SplitAssertions.assertClose(Networks.run(made, x), original, 2e-5);
                assertThat(Costs.of(made).macs()).isEqualTo(layer.macs(full.cut.forms()));
                Matrix[] rebuilt = Rebuilt.of(layer, chain);
                Matrix[] kernels = layer.kernels();
                for (int g = 0; g < rebuilt.length; g++) {
                    Matrix difference = kernels[g].plus(-1, rebuilt[g]);
                    assertThat(difference.dot(difference)).isLessThan(1e-9 * kernels[g].dot(kernels[g]));
                }
            }
        }
    }

    private record Full(Decomposition method, Cut cut) {}

    private static List<Full> full(Layer layer) {
        List<Full> all = new ArrayList<>();
        Pair spatial = SpatialSvd.pair(layer);
        all.add(new Full(
                new SpatialSvd(),
                new Cut("spatial-svd", new int[] {spatial.maxRank()}, spatial.forms(spatial.maxRank()))));
        for (Pair pair : WeightSvd.pairs(layer)) {
            all.add(new Full(
                    new WeightSvd(), new Cut("weight-svd", new int[] {pair.maxRank()}, pair.forms(pair.maxRank()))));
        }
        if (new Tucker().obstacle(layer).isEmpty()) {
            all.add(new Full(new Tucker(), Tucker.cut(layer, layer.outputs(), layer.inputs())));
        }
        return all;
    }

    static Metric randomMetric(Layer layer, int seed) {
        int size = layer.inputs() * layer.taps();
        Matrix root = Matrix.of(Networks.random(seed, size, size + 3).floats(), size, size + 3);
        return new PatchMetric(root.timesTransposed(root));
    }
}
