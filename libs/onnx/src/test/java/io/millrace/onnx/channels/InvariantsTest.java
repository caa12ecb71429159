package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Corpus;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.OrtRun;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.random.RandomNetwork;
import io.millrace.onnx.rewrite.BatchNormFolding;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every network there is, whatever it is made of. */
class InvariantsTest {

    static Stream<Path> networks() {
        return Corpus.files().stream();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void holdOnTheCorpus(Path file) {
        OnnxModel model;
        try {
            model = OnnxModel.read(file);
        } catch (InvalidModelException e) {
            Assumptions.abort("refused: " + e.getMessage());
            return;
        }
        hold(model);
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE, seed = "2026")
    void holdOnRandomNetworks(@ForAll RandomNetwork network) {
        hold(network.model());
    }

    private static void hold(OnnxModel model) {
        assertThat(OnnxReader.of(model.toProto()).toProto()).isEqualTo(model.toProto());
        ChannelGroups groups = ChannelGroups.of(model);
        everyLayerIsCutOrDeclinedWithAReason(groups);
        Map<String, Tensor> inputs = OrtRun.randomInputs(model, 7, 2);
        Map<String, float[]> outputs;
        try {
            outputs = OrtRun.run(model, inputs);
        } catch (AssertionError e) {
            // Operators of other runtimes.
            Assumptions.abort(e.getMessage());
            return;
        }
        double tolerance = isHalf(model) ? 2e-3 : 1e-5;
        OnnxModel folded = model.copy();
        BatchNormFolding.fold(folded);
        assertThat(OrtRun.flaw(model, folded, inputs, tolerance))
                .as("batch normalizations folded")
                .isEmpty();
        assertThat(ChannelCut.cut(model, Map.of()).toProto()).isEqualTo(model.toProto());
        outputsKeepTheirShapes(model, groups, inputs, outputs);
    }

    private static void everyLayerIsCutOrDeclinedWithAReason(ChannelGroups groups) {
        for (Node node : groups.layers()) {
            assertThat(groups.groupOfOutput(node).isPresent()
                            || groups.outputReason(node).isPresent())
                    .as("outputs of %s", node.label())
                    .isTrue();
            assertThat(groups.groupOfInput(node).isPresent()
                            || groups.inputReason(node).isPresent())
                    .as("inputs of %s", node.label())
                    .isTrue();
        }
        assertThat(groups.declined().values())
                .noneMatch(reason -> reason.contains("is not followed (")
                        || reason.contains("null")
                        || reason.contains("Exception"));
    }

    private static void outputsKeepTheirShapes(
            OnnxModel model, ChannelGroups groups, Map<String, Tensor> inputs, Map<String, float[]> outputs) {
        Random random = new Random(11);
        Map<ChannelGroup, int[]> all = new LinkedHashMap<>();
        groups.groups().forEach(group -> all.put(group, Oracle.choose(group, random)));
        Map<String, float[]> cut = OrtRun.run(ChannelCut.cut(model, all), inputs);
        assertThat(cut.keySet()).isEqualTo(outputs.keySet());
        outputs.forEach((name, values) -> assertThat(cut.get(name)).as(name).hasSameSizeAs(values));
    }

    private static boolean isHalf(OnnxModel model) {
        return model.graph().initializers().values().stream()
                .anyMatch(tensor ->
                        Set.of(ElementType.FLOAT16, ElementType.BFLOAT16).contains(tensor.type()));
    }
}
