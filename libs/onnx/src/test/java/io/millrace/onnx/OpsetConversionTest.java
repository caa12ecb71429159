package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.opset.OpsetConversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models of older opsets compute the same in newer ones, says ONNX Runtime. */
class OpsetConversionTest {
    private record Case(String name, long from, long to, OnnxModel model) {
        @Override
        public String toString() {
            return name + " " + from + " to " + to;
        }
    }

    /** Every operator whose form or meaning changed, at the opset before the change. */
    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (long axis : new long[] {0, 1, 2, -1}) {
            for (String op : List.of("Softmax", "LogSoftmax", "Hardmax")) {
                add(cases, 12, 13, "y = " + op + "(x)", n -> axis < 0 ? n : n.with("axis", axis));
            }
        }
        add(cases, 7, 13, "y = Unsqueeze(x)", n -> n.with("axes", new long[] {0, 3}));
        add(cases, 7, 21, "y = ReduceSum(x)", n -> n.with("axes", new long[] {1})
                .with("keepdims", 0));
        add(cases, 7, 21, "y = ReduceMean(x)", n -> n.with("axes", new long[] {1, 2}));
        add(cases, 7, 21, "y = ReduceL2(x)", n -> n);
        add(cases, 11, 21, "y = ReduceMax(x)", n -> n.with("axes", new long[] {-1}));
        add(cases, 7, 13, "y, z = Split(x)", n -> n.with("axis", 1).with("split", new long[] {1, 3}));
        add(cases, 7, 21, "y, z = Split(x)", n -> n.with("axis", 1));
        add(cases, 7, 13, "y = Slice(x)", n -> n.with("starts", new long[] {1})
                .with("ends", new long[] {9})
                .with("axes", new long[] {2}));
        add(cases, 7, 13, "y = Slice(x)", n -> n.with("starts", new long[] {0, 1})
                .with("ends", new long[] {1, -1}));
        add(cases, 7, 21, "y = Pad(x)", n -> n.with("pads", new long[] {0, 1, 1, 0, 0, 2})
                .with("value", 2f));
        add(cases, 7, 13, "y = Pad(x)", n -> n.with("pads", new long[] {0, 1, 1, 0, 0, 2})
                .with("mode", "reflect"));
        add(cases, 7, 13, "y = Clip(x)", n -> n.with("min", -0.5f).with("max", 0.25f));
        add(cases, 7, 13, "y = Clip(x)", n -> n.with("max", 0.25f));
        add(cases, 7, 13, "y = Clip(x)", n -> n);
        add(cases, 7, 13, "y, i = TopK(x)", n -> n.with("k", 2).with("axis", 1));
        add(cases, 7, 13, "y = Dropout(x)", n -> n.with("ratio", 0.3f));
        add(cases, 7, 13, "y, unused = Dropout(x)", n -> n);
        add(cases, 7, 13, "y = Cast(x)", n -> n.with("to", 11));
        add(cases, 7, 15, "y = Pow(x, x)", n -> n);
        add(cases, 7, 13, "y = Flatten(x)", n -> n.with("axis", 2));
        add(cases, 7, 15, "y = Shape(x)", n -> n);
        add(cases, 7, 13, "y = Max(x, x, x)", n -> n);
        add(cases, 7, 21, "y = MaxPool(x)", n -> n.with("kernel_shape", new long[] {2}));
        add(cases, 7, 21, "y = AveragePool(x)", n -> n.with("kernel_shape", new long[] {3})
                .with("pads", new long[] {1, 1})
                .with("count_include_pad", 1));
        for (String mode : List.of("nearest", "linear")) {
            cases.add(new Case(
                    "Upsample " + mode,
                    7,
                    21,
                    ModelText.opset(7)
                            .input("x", 1, 2, 4, 5)
                            .node("y = Upsample(x)", n -> n.with("mode", mode).with(floats("scales", 1, 1, 2, 1.5f)))
                            .output("y")
                            .build()));
            cases.add(new Case(
                    "Resize " + mode,
                    10,
                    19,
                    ModelText.opset(10)
                            .input("x", 1, 2, 4, 5)
                            .tensor("s", Tensor.ofFloats(new float[] {1, 1, 2, 2.5f}, 4))
                            .node("y = Resize(x, s)", n -> n.with("mode", mode))
                            .output("y")
                            .build()));
        }
        cases.add(new Case(
                "BatchNormalization",
                8,
                15,
                ModelText.opset(8)
                        .input("x", 2, 4, 3)
                        .tensor("p", Tensor.ofFloats(new float[] {1, 2, 3, 4}, 4))
                        .node("y = BatchNormalization(x, p, p, p, p)", n -> n.with("spatial", 1))
                        .output("y")
                        .build()));
        return cases;
    }

    private static ai.onnx.proto.OnnxMl.AttributeProto floats(String name, float... values) {
        var built = ai.onnx.proto.OnnxMl.AttributeProto.newBuilder()
                .setName(name)
                .setType(ai.onnx.proto.OnnxMl.AttributeProto.AttributeType.FLOATS);
        for (float value : values) {
            built.addFloats(value);
        }
        return built.build();
    }

    private static void add(
            List<Case> cases, long from, long to, String node, java.util.function.UnaryOperator<Node> attributes) {
        ModelText text = ModelText.opset(from).input("x", 2, 4, 3);
        text.node(node, attributes);
        String outputs = node.substring(0, node.indexOf('='));
        // Some outputs are of other types than float: an Identity of their kind tells them apart from the runtime's.
        text.node("out = Cast(" + outputs.split(",")[0].strip() + ")", n -> n.with("to", 1));
        cases.add(new Case(node, from, to, text.output("out").build()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void computesTheSame(Case tried) {
        OpsetConversion conversion = OpsetConversion.to(tried.model(), tried.to());
        assertThat(conversion.declined()).isEmpty();
        assertThat(conversion.model().opset()).isEqualTo(tried.to());
        OnnxModel converted = OnnxReader.of(conversion.model().toProto());
        assertSame(tried.model(), converted);
    }

    private static void assertSame(OnnxModel before, OnnxModel after) {
        Map<String, Tensor> inputs = OrtRun.randomInputs(before, 7, 2);
        Map<String, float[]> expected = OrtRun.run(before, inputs);
        Map<String, float[]> found = OrtRun.run(after, inputs);
        assertThat(found).containsOnlyKeys(expected.keySet());
        expected.forEach((name, values) -> assertThat(found.get(name)).as(name).containsExactly(values, within(1e-6f)));
    }

    static Stream<Path> corpus() {
        return Corpus.files().stream().filter(file -> {
            try {
                long opset = OnnxModel.read(file).opset();
                return opset >= 7 && opset < 13;
            } catch (InvalidModelException e) {
                return false;
            }
        });
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void networksComputeTheSame(Path file) {
        OnnxModel model = OnnxModel.read(file);
        OpsetConversion conversion = OpsetConversion.to(model, 13);
        if (!conversion.isExact()) {
            assertThat(conversion.model()).isSameAs(model);
            assertThat(conversion.declined().values()).noneMatch(String::isBlank);
            return;
        }
        OnnxModel converted = OnnxReader.of(conversion.model().toProto());
        Map<String, Tensor> inputs = OrtRun.randomInputs(model, 7, 1);
        assertThat(OrtRun.difference(OrtRun.run(model, inputs), OrtRun.run(converted, inputs)))
                .isLessThan(1e-6);
    }

    @Test
    void whatIsNotTheSameIsDeclinedWithItsReason() {
        OnnxModel shrinking = ModelText.opset(10)
                .input("x", 1, 2, 4, 5)
                .tensor("s", Tensor.ofFloats(new float[] {1, 1, 0.5f, 0.5f}, 4))
                .node("y = Resize(x, s)", n -> n.withName("half"))
                .output("y")
                .build();
        OpsetConversion conversion = OpsetConversion.to(shrinking, 13);
        assertThat(conversion.model()).isSameAs(shrinking);
        assertThat(conversion.declined()).containsOnlyKeys("half");

        OnnxModel masked = ModelText.opset(9)
                .input("x", 4)
                .node("y, mask = Dropout(x)")
                .node("z = Add(y, mask)")
                .output("z")
                .build();
        assertThat(OpsetConversion.to(masked, 13).declined().values())
                .singleElement()
                .asString()
                .contains("mask");
    }

    @Test
    void aModelOfThatVersionStaysAsItIs() {
        OnnxModel model = ModelText.opset(17)
                .input("x", 4)
                .node("y = Relu(x)")
                .output("y")
                .build();
        assertThat(OpsetConversion.to(model, 13).model()).isSameAs(model);
        assertThat(OpsetConversion.to(model, 13).isExact()).isTrue();
    }
}
