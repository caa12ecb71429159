package io.millrace.svd.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.selection.Networks;
import io.millrace.selection.Networks.Attributes;
import io.millrace.svd.split.SpatialSvd.Positions;
import io.millrace.tensor.LinearAlgebra;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SpatialSvdTest {
    private static final BigDecimal HALF = new BigDecimal("0.5");

    static Stream<Arguments> convolutions() {
        long[] square = {8, 6, 3, 3};
        return Stream.of(
                with("no attributes", square, node -> node),
                with("pads", square, node -> node.with("pads", new long[] {1, 1, 1, 1})),
                with("stride", square, node -> node.with("strides", new long[] {2, 3})
                        .with("pads", new long[] {1, 1, 1, 1})),
                with("dilation", square, node -> node.with("dilations", new long[] {2, 3})
                        .with("pads", new long[] {2, 3, 2, 3})),
                with("asymmetric pads", square, node -> node.with("pads", new long[] {0, 2, 1, 3})
                        .with("strides", new long[] {2, 2})),
                with("same upper", square, node -> node.with("auto_pad", "SAME_UPPER")
                        .with("strides", new long[] {2, 2})),
                with("same lower", square, node -> node.with("auto_pad", "SAME_LOWER")
                        .with("strides", new long[] {2, 2})),
                with("valid", square, node -> node.with("auto_pad", "VALID").with("strides", new long[] {1, 2})),
                with("kernel shape given", square, node -> node.with("kernel_shape", new long[] {3, 3})
                        .with("group", 1)),
                with("tall kernel", new long[] {5, 3, 5, 1}, node -> node.with("pads", new long[] {2, 0, 2, 0})),
                with("wide kernel", new long[] {4, 7, 1, 5}, node -> node.with("pads", new long[] {0, 2, 0, 2})),
                with("1x1, stride 2", new long[] {9, 6, 1, 1}, node -> node.with("strides", new long[] {2, 2})));
    }

    private static Arguments with(String name, long[] weight, Attributes attributes) {
        return Arguments.of(name, weight, attributes);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("convolutions")
    void fullRankGivesTheOriginalOutput(String name, long[] weight, Attributes attributes) {
        // given
        OnnxModel model = Networks.input(-1, weight[1], 13, 12)
                .conv("y", "x", weight, attributes)
                .output("y", -1, weight[0], -1, -1);
        Node conv = model.graph().nodes().get(0);
        SpatialSvd layer = new SpatialSvd(
                List.of(new SpatialSvd.Use(conv, new Positions(156, 156, 156))),
                model.graph().initializer(conv.input(1)));

        // when
        OnnxModel split = model.copy();
        layer.split(split.graph(), layer.maxRank());

        // then
        Tensor x = Networks.random(3, 2, weight[1], 13, 12);
        assertThat(split.graph().nodes()).hasSize(2).allMatch(node -> node.is("Conv"));
        assertThat(split.graph().initializers()).hasSize(3);
        assertClose(Networks.run(split, x), Networks.run(model, x));
    }

    @Test
    void fullRankGivesTheOriginalOutputOfAOneDimensionalConvolution() {
        // given
        OnnxModel model = Networks.input(-1, 6, 40)
                .node("Conv", "y", "x", "[8,6,5]", "[8]")
                .with(node -> node.with("strides", new long[] {2})
                        .with("dilations", new long[] {2})
                        .with("pads", new long[] {3, 1}))
                .output("y", -1, 8, -1);
        Node conv = model.graph().nodes().get(0);
        SpatialSvd layer = new SpatialSvd(
                List.of(new SpatialSvd.Use(conv, new Positions(40, 18, 18))),
                model.graph().initializer(conv.input(1)));

        // when
        OnnxModel split = model.copy();
        layer.split(split.graph(), layer.maxRank());

        // then
        Tensor x = Networks.random(3, 2, 6, 40);
        assertClose(Networks.run(split, x), Networks.run(model, x));
    }

    @Test
    void lowerRankIsTheNearestMatrixOfThatRank() {
        // given
        Tensor weight = Networks.random(1, 10, 4, 3, 3);
        Node conv = Node.of("Conv", "conv", List.of("x", "w"), List.of("y"));
        OnnxModel model = Networks.input(1, 4, 3, 3)
                .conv("y", "x", weight.dims(), node -> node)
                .output("y", 1, 10, 1, 1);
        Node node = model.graph().nodes().get(0);
        Tensor stored = model.graph().initializer(node.input(1));
        int rank = 5;

        // when
        new SpatialSvd(List.of(new SpatialSvd.Use(node, new Positions(9, 3, 1))), stored).split(model.graph(), rank);

        // then the squared error of the product is the sum of the squared singular values left out (Eckart-Young)
        float[] original = stored.floats();
        float[] vertical =
                model.graph().initializer(model.graph().nodes().get(0).input(1)).floats();
        float[] horizontal =
                model.graph().initializer(model.graph().nodes().get(1).input(1)).floats();
        float[] matrix = new float[360];
        double error = 0;
        for (int o = 0; o < 10; o++) {
            for (int row = 0; row < 12; row++) {
                for (int w = 0; w < 3; w++) {
                    double product = 0;
                    for (int k = 0; k < rank; k++) {
                        product += (double) vertical[k * 12 + row] * horizontal[(o * rank + k) * 3 + w];
                    }
                    float value = original[(o * 12 + row) * 3 + w];
                    matrix[row * 30 + o * 3 + w] = value;
                    error += (value - product) * (value - product);
                }
            }
        }
        float[] s = LinearAlgebra.svd(matrix, 12, 30).s();
        double tail = 0;
        for (int k = rank; k < s.length; k++) {
            tail += s[k] * s[k];
        }
        assertThat(error).isCloseTo(tail, within(tail * 1e-4));
    }

    @Test
    void ranksAndCostsAreTheKnownOnes() {
        // given the two convolutions of a small network: 1 -> 32 on 28x28 and 32 -> 64 on 14x14, both 5x5 with padding
        SpatialSvd first = layer(new Positions(784, 784, 784), 32, 1, 5, 5);
        SpatialSvd second = layer(new Positions(196, 196, 196), 64, 32, 5, 5);
        SpatialSvd strided = layer(new Positions(196, 98, 49), 64, 32, 5, 5);

        // when, then
        assertThat(first.macs()).isEqualTo(627_200);
        assertThat(second.macs()).isEqualTo(10_035_200);
        assertThat(first.rankFor(HALF)).isEqualTo(2);
        assertThat(second.rankFor(HALF)).isEqualTo(53);
        assertThat(first.macs(2) + second.macs(53)).isEqualTo(5_244_960);
        assertThat(second.maxRank()).isEqualTo(160);
        // with stride 2 the vertical layer still runs at full width
        assertThat(layer(new Positions(784, 392, 196), 64, 32, 5, 5).macs(40))
                .isEqualTo(40L * 5 * (32 * 392 + 64 * 196));
        assertThat(strided.macs()).isEqualTo(2_508_800);
    }

    @Test
    void ranksOfResNet18AreTheKnownOnes() {
        // given layer1.0.conv1, 64 -> 64 on 56x56, and layer2.1.conv2, 128 -> 128 on 28x28
        SpatialSvd first = layer(new Positions(3136, 3136, 3136), 64, 64, 3, 3);
        SpatialSvd second = layer(new Positions(784, 784, 784), 128, 128, 3, 3);

        // when, then
        assertThat(first.rankFor(HALF)).isEqualTo(48);
        assertThat(second.rankFor(new BigDecimal("0.4"))).isEqualTo(76);
    }

    @Test
    void rankForARatioIsExactWhereBinaryFractionsAreNot() {
        // given largest r with r (m kh sw + n kw) Ho Wo <= ratio m n kh kw Ho Wo, worked out in rationals
        SpatialSvd wide = layer(new Positions(784, 784, 784), 128, 128, 3, 3);
        SpatialSvd narrow = layer(new Positions(100, 100, 100), 8, 64, 3, 3);
        SpatialSvd strided = layer(new Positions(196, 98, 49), 64, 32, 5, 5);

        // when, then
        assertThat(wide.rankFor(new BigDecimal("0.1"))).isEqualTo(19);
        assertThat(wide.macs(19)).isEqualTo(11_440_128);
        assertThat(narrow.rankFor(new BigDecimal("0.9"))).isEqualTo(19);
        assertThat(narrow.macs(19)).isEqualTo(410_400);
        assertThat(strided.rankFor(HALF)).isEqualTo(40);
        assertThat(strided.macs(40)).isEqualTo(1_254_400);
    }

    @Test
    void maximumRankIsTheSmallerSideOfTheMatrix() {
        assertThat(layer(new Positions(1, 1, 1), 3, 16, 5, 3).maxRank()).isEqualTo(9);
        assertThat(layer(new Positions(1, 1, 1), 16, 3, 5, 3).maxRank()).isEqualTo(15);
    }

    @Test
    void ranksOutsideTheMatrixAreRefused() {
        // given
        SpatialSvd layer = layer(new Positions(9, 9, 9), 4, 4, 3, 3);

        // when, then
        assertThatThrownBy(() -> layer.requireRank(13)).hasMessageContaining("1..12");
        assertThatThrownBy(() -> layer.requireRank(0)).hasMessageContaining("1..12");
    }

    private static SpatialSvd layer(Positions positions, long... weight) {
        Node conv = Node.of("Conv", "conv", List.of("x", "w"), List.of("y"));
        return new SpatialSvd(List.of(new SpatialSvd.Use(conv, positions)), Networks.random(1, weight));
    }

    static void assertClose(float[] actual, float[] expected) {
        double size = 0;
        for (float value : expected) {
            size = Math.max(size, Math.abs(value));
        }
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within((float) (1e-5 * size)));
        }
    }
}
