package io.millrace.svd.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.Costs;
import io.millrace.selection.Networks;
import io.millrace.selection.Siamese;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.SplitAssertions;
import io.millrace.svd.spatial.SpatialSvd;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SplittableLayersTest {

    private static OnnxModel split(OnnxModel model, Layer layer, int rank) {
        OnnxModel split = model.copy();
        SpatialSvd method = new SpatialSvd();
        Cut cut = new Cut(
                SpatialSvd.NAME, new int[] {rank}, SpatialSvd.pair(layer).forms(rank));
        Splice.apply(
                split.graph(),
                layer,
                method.factorize(layer, Collections.nCopies(layer.groups(), Metric.PLAIN))
                        .chain(cut),
                SpatialSvd.NAME);
        return split;
    }

    /** Splits the only layer there is at full rank; outputs and foretold cost must be right. */
    private static OnnxModel splitOnly(OnnxModel model, Tensor x) {
        SplittableLayers found = SplittableLayers.of(model);
        assertThat(found.declined()).isEmpty();
        Layer layer = found.layers().get(0);
        OnnxModel split = split(model, layer, SpatialSvd.pair(layer).maxRank());
        SplitAssertions.assertClose(Networks.run(split, x), Networks.run(model, x), 1e-5);
        assertThat(Costs.of(split).macs())
                .isEqualTo(SpatialSvd.pair(layer).macs(SpatialSvd.pair(layer).maxRank()));
        return split;
    }

    @Test
    void layersThatShareAWeightAreOneAndReadOnePairOfFactors() {
        // given
        OnnxModel model = Siamese.network();
        assertThat(Siamese.asymmetry(model)).isLessThan(1e-5);

        // when
        SplittableLayers found = SplittableLayers.of(model);

        // then
        assertThat(found.layers()).extracting(Layer::name).containsExactly("a1 and b1", "a3 and b3", "y");
        Layer shared = found.layers().get(1);
        assertThat(shared.macs()).isEqualTo(2 * 8 * 8 * 9 * 16);
        OnnxModel split = split(model, shared, 5);
        assertThat(Costs.of(split).macs() - Costs.of(model).macs())
                .isEqualTo(SpatialSvd.pair(shared).macs(5) - shared.macs());
        assertThat(split.graph().initializers())
                .containsOnlyKeys("w1", "y.weight1", "y.weight2", "w2.vertical", "w2.horizontal");
        for (String factor : List.of("w2.vertical", "w2.horizontal")) {
            assertThat(split.graph().consumers(factor)).hasSize(2);
        }
        assertThat(Siamese.asymmetry(split)).isLessThan(1e-5);
    }

    @Test
    void sharedWeightsAreSplitWhateverStridesTheirLayersHave() {
        // given
        OnnxModel model = Networks.input(-1, 4, 9, 9)
                .weight("w", Networks.random(3, 4, 4, 3, 3))
                .node("Conv", "a", "x", "w")
                .with(node -> node.with("pads", new long[] {1, 1, 1, 1}))
                .node("Conv", "b", "a", "w")
                .with(node -> node.with("strides", new long[] {2, 3}))
                .output("b", -1, 4, 4, 3);

        // when, then
        splitOnly(model, Networks.random(4, 2, 4, 9, 9));
    }

    @Test
    void weightThatSomethingElseReadsStaysWhole() {
        // given an embedding whose table is the last layer, too
        OnnxModel model = Networks.input(-1, 6)
                .weight("table", Networks.random(5, 6, 6))
                .node("MatMul", "a", "x", "table")
                .node("Add", "y", "a", "table")
                .output("y", 6, 6);

        // when
        SplittableLayers found = SplittableLayers.of(model);

        // then
        assertThat(found.layers()).isEmpty();
        assertThat(found.declined().get("a")).contains("table", "also read by y");
    }

    @Test
    void weightThatIsReadBothWaysStaysWhole() {
        // given
        OnnxModel model = Networks.input(-1, 6)
                .weight("w", Networks.random(5, 4, 6))
                .node("Gemm", "a", "x", "w")
                .with(node -> node.with("transB", 1))
                .node("MatMul", "y", "a", "w")
                .output("y", -1, 6);

        // when, then
        assertThat(SplittableLayers.of(model).declined())
                .containsOnlyKeys("a", "y")
                .hasEntrySatisfying("a", reason -> assertThat(reason).contains("transposed by another"));
    }

    @Test
    void aWeightReadByLayersOfDifferentKindsStaysWhole() {
        // given a weight that a grouped convolution reads, too
        OnnxModel model = Networks.input(-1, 4, 6, 6)
                .weight("w", Networks.random(5, 8, 4, 3, 3))
                .node("Conv", "a", "x", "w")
                .node("Conv", "y", "a", "w")
                .with(node -> node.with("group", 2))
                .output("y", -1, 8, 2, 2);

        // when, then
        assertThat(SplittableLayers.of(model).declined().get("a")).contains("layers of different kinds");
    }

    @Test
    void weightThatIsNotANumberSomewhereIsLeftAlone() {
        for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            // given
            float[] weight = Networks.random(5, 4, 4, 3, 3).floats();
            weight[7] = value;
            OnnxModel model = Networks.input(-1, 4, 9, 9)
                    .weight("w", Tensor.ofFloats(weight, 4, 4, 3, 3))
                    .node("Conv", "a", "x", "w")
                    .node("Conv", "y", "a", "[4,4,3,3]")
                    .output("y", -1, 4, 5, 5);

            // when
            SplittableLayers found = SplittableLayers.of(model);

            // then
            assertThat(found.layers()).extracting(Layer::name).containsExactly("y");
            assertThat(found.declined().get("a")).isEqualTo("its weight w holds " + value);
        }
    }

    @Test
    void openHeightAndWidthCostWhatTheirAssumedSizesCost() {
        // given a first layer whose stride makes the map between its halves larger than its output
        OnnxModel model = Networks.input(-1, 3, -1, -1)
                .node("Conv", "a", "x", "[16,3,7,7]")
                .with(node -> node.with("strides", new long[] {2, 2}).with("pads", new long[] {3, 3, 3, 3}))
                .output("a", -1, 16, -1, -1);
        Layer layer = SplittableLayers.of(model).layers().get(0);

        // when, then
        for (int rank : new int[] {1, 9, SpatialSvd.pair(layer).maxRank()}) {
            assertThat(Costs.of(split(model, layer, rank)).macs())
                    .isEqualTo(SpatialSvd.pair(layer).macs(rank));
        }
        assertThat(SpatialSvd.pair(layer).macs(1)).isEqualTo(3 * 7 * 112 * 224 + 16 * 7 * 112 * 112);
    }

    @Test
    void stridedKernelOfOneElementIsComputedWhereItsOutputIsOnly() {
        // given
        OnnxModel model = Networks.input(-1, 8, 9, 11)
                .node("Conv", "y", "x", "[6,8,1,1]", "[6]")
                .with(node -> node.with("strides", new long[] {2, 3}).with("pads", new long[] {1, 0, 2, 1}))
                .output("y", -1, 6, 6, 4);

        // when
        OnnxModel split = splitOnly(model, Networks.random(4, 2, 8, 9, 11));

        // then both halves run on the 6 x 4 positions of the output
        assertThat(Costs.of(split).macs()).isEqualTo((8 * 6 + 6 * 6) * 24);
    }

    @Test
    void kernelOfOneColumnTakesBothStrides() {
        // given
        OnnxModel model = Networks.input(-1, 4, 9, 9)
                .node("Conv", "y", "x", "[6,4,3,1]")
                .with(node -> node.with("strides", new long[] {1, 2}).with("dilations", new long[] {2, 1}))
                .output("y", -1, 6, 5, 5);

        // when, then
        splitOnly(model, Networks.random(4, 2, 4, 9, 9));
    }

    @Test
    void weightBehindTransposeIsSplit() {
        // given x W' as exporters of linear layers write it
        OnnxModel model = Networks.input(-1, 5, 12)
                .node("Transpose", "t", "[9,12]")
                .node("MatMul", "y", "x", "t")
                .output("y", -1, 5, 9);

        // when
        OnnxModel split = splitOnly(model, Networks.random(4, 2, 5, 12));

        // then
        assertThat(split.graph().nodes()).extracting(Node::op).containsExactly("MatMul", "MatMul");
        assertThat(Arrays.stream(split.graph().initializers().values().stream()
                                .mapToLong(Tensor::count)
                                .toArray())
                        .sum())
                .isEqualTo((12 + 9) * 9);
    }

    @Test
    void weightBehindIdentityIsTheStoredOne() {
        // given two layers, one of which reads the weight through Identity, as exporters write equal tensors
        OnnxModel model = Networks.input(-1, 6)
                .weight("w", Networks.random(5, 6, 6))
                .node("Identity", "i", "w")
                .node("MatMul", "a", "x", "w")
                .node("MatMul", "y", "a", "i")
                .output("y", -1, 6);

        // when, then
        assertThat(SplittableLayers.of(model).layers()).extracting(Layer::name).containsExactly("a and y");
        splitOnly(model, Networks.random(4, 2, 6));
    }
}
