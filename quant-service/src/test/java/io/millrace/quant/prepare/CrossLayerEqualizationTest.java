package io.millrace.quant.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.millrace.inference.OnnxSession;
import io.millrace.inference.RandomInputs;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.OutputDifference;
import io.millrace.onnx.output.Tolerance;
import io.millrace.onnx.rewrite.BatchNormFolding;
import io.millrace.onnx.rewrite.Taps;
import io.millrace.quant.Network;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CrossLayerEqualizationTest {
    private static final Path CORPUS = Path.of("../libs/onnx/src/test/resources/corpus");

    @ParameterizedTest
    @ValueSource(strings = {"resnet-ts18", "vgg-ts12", "unet-ts13", "conv3d-ts13", "auto_pad-hand17"})
    void changesNothingInFloat(String network) {
        // given
        OnnxModel model = OnnxModel.read(CORPUS.resolve(network + ".onnx")).copy();
        BatchNormFolding.fold(model);
        OnnxModel equalized = model.copy();

        // when
        int pairs = CrossLayerEqualization.equalize(equalized).size();

        // then
        assertThat(pairs).isPositive();
        float[] expected = run(model);
        float[] values = run(equalized);
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(values).containsExactly(expected, within(largest * 1e-4f));
    }

    @Test
    void bringsTheRangesOfBothSidesTogether() {
        // given
        OnnxModel model = OnnxModel.read(CORPUS.resolve("auto_pad-hand17.onnx")).copy();
        Node first = model.graph().nodes().stream()
                .filter(n -> n.is("Conv"))
                .findFirst()
                .orElseThrow();
        Tensor weight = model.graph().initializer(first.input(1));
        float[] values = weight.floats();
        for (int i = 0; i < values.length / weight.dim(0); i++) {
            values[i] *= 100;
        }
        model.graph().setInitializer(first.input(1), Tensor.ofFloats(values, weight.dims()));

        // when
        CrossLayerEqualization.equalize(model);

        // then
        float[] equalized = model.graph().initializer(first.input(1)).floats();
        double largest = 0;
        for (int i = 0; i < values.length / weight.dim(0); i++) {
            largest = Math.max(largest, Math.abs(equalized[i]) / Math.max(1e-9, Math.abs(values[i])));
        }
        assertThat(largest).isLessThan(0.5);
    }

    @Test
    void goesThroughTheActivationsOfAMobileNetWhereBoundsAreNotReached() {
        // given
        OnnxModel model = mobileNetBlock();
        OnnxModel equalized = model.copy();
        Map<String, Float> largest = largest(model);
        assertThat(UnreachedBounds.values(model)).containsExactlyInAnyOrder("expand", "depthwise");

        // when
        List<String> notes = UnreachedBounds.replace(equalized, value -> 5.9f);
        List<String> pairs = CrossLayerEqualization.equalize(equalized);

        // then
        assertThat(largest.values()).allMatch(value -> value < 6);
        assertThat(notes).singleElement().asString().contains("2 Clip became Relu");
        assertThat(pairs)
                .containsExactly(
                        "expand_Conv - depthwise_Conv",
                        "depthwise_Conv - project_Conv",
                        "project_Conv - leaky_Conv",
                        "leaky_Conv - shaped_Conv",
                        "shaped_Conv - last_Conv");
        Map<String, Tensor> inputs = RandomInputs.of(model, 4, 3);
        assertThat(OutputDifference.between(outputs(model, inputs), outputs(equalized, inputs))
                        .beyond(Tolerance.of(model).forNewWeights()))
                .isEmpty();
    }

    @Test
    void aChainOfThreeEndsWithThreeEqualRanges() {
        // given
        OnnxModel model = mobileNetBlock();
        float[] before = ranges(model, "expand.w", "depthwise.w", "project.w");

        // when
        UnreachedBounds.replace(model, value -> 1f);
        CrossLayerEqualization.equalize(model);

        // then
        float[] after = ranges(model, "expand.w", "depthwise.w", "project.w");
        assertThat(after[1]).isCloseTo(after[0], withinPercentage(5));
        assertThat(after[1]).isCloseTo(after[2], withinPercentage(40));
        assertThat(before[0] / before[1]).isGreaterThan(10);
    }

    @Test
    void aBoundThatIsReachedStaysAndIsNamed() {
        // given
        OnnxModel model = mobileNetBlock();
        byte[] before = model.toBytes();

        // when
        List<String> notes = UnreachedBounds.replace(model, value -> 6.5f);

        // then
        assertThat(model.toBytes()).isEqualTo(before);
        assertThat(notes).hasSize(2);
        assertThat(notes.get(0)).contains("expand6_Clip stays").contains("bounds at 6.000, and 6.500 came");
    }

    @Test
    void whatDoesNotScaleOrIsReadTwiceIsNoPair() {
        // given
        OnnxModel model = new Network(17, 2)
                .input("x", 4, 6, 6)
                .conv("x", "a", 4, 4, 3, 1)
                .node("Sigmoid", List.of("a"), "s")
                .conv("s", "b", 4, 4, 3, 1)
                .node("Relu", List.of("b"), "r")
                .conv("r", "c", 4, 4, 3, 1)
                .node("Add", List.of("c", "r"), "y")
                .output("y")
                .model();

        // when, then
        assertThat(CrossLayerEqualization.equalize(model)).isEmpty();
    }

    /** Expansion, depthwise and projection with ReLU6 between, then LeakyRelu, PRelu and pooling between others. */
    private static OnnxModel mobileNetBlock() {
        Network network = new Network(17, 21).input("x", 8, 8, 8);
        network.weight("zero", Tensor.scalar(0).reshape())
                .weight("six", Tensor.scalar(6).reshape());
        network.weight("slope", 0.2, 16, 1, 1);
        network.conv("x", "expand", 8, 24, 1, 1)
                .node("Clip", List.of("expand", "zero", "six"), "expand6")
                .conv("expand6", "depthwise", 24, 24, 3, 24)
                .node("Clip", List.of("depthwise", "zero", "six"), "depthwise6")
                .conv("depthwise6", "project", 24, 8, 1, 1)
                .conv("project", "leaky", 8, 16, 3, 1)
                .node("LeakyRelu", List.of("leaky"), "l")
                .conv("l", "shaped", 16, 16, 3, 4)
                .node("PRelu", List.of("shaped", "slope"), "q")
                .node(Node.of("MaxPool", "pool", List.of("q"), List.of("m")).with("kernel_shape", new long[] {2, 2}))
                .conv("m", "last", 16, 8, 3, 2)
                .output("last");
        OnnxModel model = network.model();
        Tensor weight = model.graph().initializer("depthwise.w");
        float[] values = weight.floats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= 0.02f;
        }
        model.graph().setInitializer("depthwise.w", Tensor.ofFloats(values, weight.dims()));
        return model;
    }

    /** Of the first channel, on the way from one convolution to the next. */
    private static float[] ranges(OnnxModel model, String first, String depthwise, String last) {
        float[] a = model.graph().initializer(first).floats();
        float[] b = model.graph().initializer(depthwise).floats();
        float[] c = model.graph().initializer(last).floats();
        float[] ranges = new float[3];
        for (int i = 0; i < 8; i++) {
            ranges[0] = Math.max(ranges[0], Math.abs(a[i]));
        }
        for (int i = 0; i < 9; i++) {
            ranges[1] = Math.max(ranges[1], Math.abs(b[i]));
        }
        for (int i = 0; i < 8; i++) {
            ranges[2] = Math.max(ranges[2], Math.abs(c[i * 24]));
        }
        return ranges;
    }

    private static Map<String, Float> largest(OnnxModel model) {
        Map<String, Float> largest = new java.util.HashMap<>();
        outputs(Taps.expose(model, List.of("expand", "depthwise")), RandomInputs.of(model, 4, 3))
                .forEach((name, tensor) -> {
                    for (float value : tensor.floats()) {
                        largest.merge(name, value, Math::max);
                    }
                });
        largest.remove("last");
        return largest;
    }

    private static Map<String, Tensor> outputs(OnnxModel model, Map<String, Tensor> inputs) {
        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            return session.run(inputs);
        }
    }

    private static float[] run(OnnxModel model) {
        Map<String, Tensor> inputs = RandomInputs.of(model, 2, 9);
        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            return session.run(inputs).get(session.outputNames().get(0)).floats();
        }
    }
}
