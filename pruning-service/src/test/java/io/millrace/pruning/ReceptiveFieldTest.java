package io.millrace.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Shapes;
import io.millrace.selection.Networks;
import io.millrace.selection.Networks.Attributes;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReceptiveFieldTest {

    static Stream<Arguments> layers() {
        return Stream.of(
                conv("plain", node -> node),
                conv("padded, strided", node -> node.with("pads", new long[] {1, 2, 0, 1})
                        .with("strides", new long[] {2, 3})),
                conv("dilated", node -> node.with("dilations", new long[] {2, 1})
                        .with("pads", new long[] {2, 0, 2, 0})),
                Arguments.of(
                        "1-D",
                        Networks.input(-1, 3, 9)
                                .node("Conv", "y", "x", "[4,3,3]")
                                .with(node ->
                                        node.with("strides", new long[] {2}).with("pads", new long[] {2, 1}))
                                .output("y", -1, 4, -1),
                        new long[] {2, 3, 9}),
                Arguments.of(
                        "Gemm",
                        Networks.input(-1, 5)
                                .node("Gemm", "y", "x", "[4,5]")
                                .with(node -> node.with("transB", 1))
                                .output("y", -1, 4),
                        new long[] {2, 5}));
    }

    private static Arguments conv(String name, Attributes attributes) {
        OnnxModel model = Networks.input(-1, 3, 8, 9)
                .node("Conv", "y", "x", "[4,3,3,2]")
                .with(attributes)
                .output("y", -1, 4, -1, -1);
        return Arguments.of(name, model, new long[] {2, 3, 8, 9});
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void rowsTimesWeightsAreTheLayersOutput(String name, OnnxModel model, long[] dims) {
        // given
        Node layer = model.graph().nodes().get(0);
        Tensor weight = model.graph().initializer(layer.input(1));
        Tensor x = Networks.random(3, dims);
        float[] output = Networks.run(model, x);
        long positions = output.length / 8;
        Tensor y = dims.length == 2
                ? Tensor.ofFloats(output, 2, 4)
                : dims.length == 3 ? Tensor.ofFloats(output, 2, 4, positions) : outputMap(model, output);
        Tensor nothing = Tensor.ofFloats(new float[output.length], y.dims());
        ReceptiveField field = ReceptiveField.of(layer, weight);

        // when every position is taken, and what was made so far is zero
        ReceptiveField.Sample sample = field.sample(x, nothing, y, new int[] {0, 1, 2, 3}, true, 1000, new Random(1));

        // then the residuals are the outputs, and the rows give them
        assertThat(sample.count()).isEqualTo((int) (2 * positions));
        int width = field.size() + 1;
        float[] weights = weight.floats();
        for (int row = 0; row < sample.count(); row++) {
            assertThat(sample.inputs()[row * width + width - 1]).isEqualTo(1);
            for (int o = 0; o < 4; o++) {
                double sum = 0;
                for (int i = 0; i < field.size(); i++) {
                    sum += (double) sample.inputs()[row * width + i] * weights[o * field.size() + i];
                }
                assertThat((double) sample.residuals()[row * 4 + o]).isCloseTo(sum, within(1e-4));
            }
        }
    }

    private static Tensor outputMap(OnnxModel model, float[] output) {
        long[] shape = Shapes.infer(model).of("y").orElseThrow().sized(2);
        return Tensor.ofFloats(output, shape);
    }
}
