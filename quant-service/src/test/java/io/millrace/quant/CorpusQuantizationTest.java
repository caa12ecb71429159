package io.millrace.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Outcome;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.worker.LocalWorkbench;
import io.millrace.worker.StageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of many families, quantized on random data: all that is planned runs in integers, and the output holds. */
class CorpusQuantizationTest {
    private static final Path CORPUS = Path.of("../libs/onnx/src/test/resources/corpus");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "resnet-ts18",
                "vgg-ts12",
                "mobilenet_v2-ts11",
                "densenet-ts11",
                "shufflenet_v2-ts17-folded",
                "efficientnet-ts13",
                "squeezenet-dynamo18",
                "auto_pad-hand17",
                "yolo_c2f-ts13",
                "two_inputs-ts13"
            })
    void runsInIntegersAndGivesNearlyTheSame(String network) throws IOException {
        // given
        Path model = CORPUS.resolve(network + ".onnx");
        LocalWorkbench bench = bench(model);

        // when
        Outcome.Result result =
                quantize(bench, "{\"prepare\":[\"fold-bn\",\"cle\",\"bias-correction\"],\"samples\":32}");

        // then
        ObjectNode findings = result.findings();
        assertThat(findings.path("declined")).isEmpty();
        assertThat(findings.at("/fused/layers-in-float")).isEmpty();
        assertThat(findings.at("/fused/layers-in-integers").asInt())
                .isEqualTo(findings.path("layers").size());
        assertThat(findings.path("sqnr").asDouble()).isGreaterThan(expectedSqnr(findings));
        OnnxModel quantized =
                OnnxModel.read(LocalWorkbench.path(result.models().get(0).model()));
        assertThat(Costs.of(quantized).macs())
                .isEqualTo(Costs.of(OnnxModel.read(model)).macs());
    }

    @Test
    void branchesThatReadAnActivationStillGetIt() throws IOException {
        // given
        LocalWorkbench bench = bench(CORPUS.resolve("branch_if-hand13.onnx"));

        // when
        ObjectNode findings = quantize(bench, "{\"samples\":32}").findings();

        // then
        assertThat(findings.path("sqnr").asDouble()).isGreaterThan(expectedSqnr(findings));
    }

    /**
     * What is to be expected of a network in 8 bits at least, in dB. Rounding to 256 steps gives 6.02 * 8 + 4.77 dB less the crest
     * factor (largest value to root mean square; 4, or 12 dB, for bell-shaped values in these numbers). Each layer rounds
     * its weight and its input; the noises do not depend on each other, so their powers add up. These networks reach more, 43
     * to 60 dB: their weights are random, so that much of what they give is the same for all inputs, and that is corrected.
     */
    private static double expectedSqnr(ObjectNode findings) {
        int roundings = 2 * findings.path("layers").size();
        return 6.02 * 8 + 4.77 - 20 * Math.log10(4) - 10 * Math.log10(roundings);
    }

    @Test
    void olderModelsAreConvertedSoThatEachChannelHasItsScale() throws IOException {
        // given
        OnnxModel model = new Network(11, 3)
                .input("x", 3, 8, 8)
                .conv("x", "a", 3, 8, 3, 1)
                .node("Relu", List.of("a"), "r")
                .node(Node.of("MaxPool", "pool", List.of("r"), List.of("p")).with("kernel_shape", new long[] {2, 2}))
                .conv("p", "y", 8, 4, 3, 1)
                .output("y")
                .model();
        Path file = folder.resolve("old.onnx");
        model.write(file);

        // when
        Outcome.Result result = quantize(bench(file), "{\"samples\":32}");

        // then
        OnnxModel quantized =
                OnnxModel.read(LocalWorkbench.path(result.models().get(0).model()));
        assertThat(quantized.opset()).isEqualTo(13);
        assertThat(quantized.graph().nodes().stream()
                        .filter(node -> node.is("DequantizeLinear"))
                        .map(node -> quantized.graph().initializer(node.input(1)))
                        .filter(scale -> scale.count() == 8 || scale.count() == 4))
                .as("scales of two weights and two biases")
                .hasSize(4);
        assertThat(result.findings().path("notes").toString())
                .contains("was of opset 11")
                .doesNotContain("MaxPool stays in float");
        assertThat(result.findings().at("/fused/conversions").asInt()).isLessThanOrEqualTo(2);
    }

    @Test
    void theSameTaskGivesTheSameModel() throws IOException {
        // given
        LocalWorkbench bench = bench(CORPUS.resolve("resnet-ts18.onnx"));

        // when
        String first = quantize(bench, "{}").models().get(0).model().sha256();
        String second = quantize(bench, "{}").models().get(0).model().sha256();

        // then
        assertThat(first).isEqualTo(second);
    }

    @Test
    void saysWhatItDeclinesAndWhy() throws IOException {
        // given
        LocalWorkbench bench = bench(CORPUS.resolve("conv_transpose-ts13.onnx"));

        // when
        ObjectNode findings = quantize(bench, "{\"samples\":8}").findings();

        // then
        assertThat(findings.path("declined")).hasSize(3);
        assertThat(findings.at("/declined/0/reason").asText()).contains("ConvTranspose");
    }

    @Test
    void refusesAModelWithoutALayerToQuantize() throws IOException {
        // given
        LocalWorkbench bench = bench(CORPUS.resolve("auto_pad_transposed-hand13.onnx"));

        // when
        StageException refusal = catchThrowableOfType(StageException.class, () -> quantize(bench, "{}"));

        // then
        assertThat(refusal.kind()).isEqualTo(FailureKind.UNSUPPORTED);
        assertThat(refusal).hasMessageContaining("ConvTranspose");
    }

    @Test
    void refusesUnknownParametersByName() throws IOException {
        // given
        LocalWorkbench bench = bench(CORPUS.resolve("resnet-ts18.onnx"));

        // when, then
        assertThat(refusal(bench, "{\"bitz\":8}")).contains("bitz: unknown field");
        assertThat(refusal(bench, "{\"bits\":4}")).contains("bits: ");
        assertThat(refusal(bench, "{\"calibration\":\"magic\"}"))
                .contains("calibration: ")
                .contains("min-max");
        assertThat(refusal(bench, "{\"prepare\":[\"fold\"]}"))
                .contains("prepare")
                .contains("fold");
        assertThat(refusal(bench, "{\"otherwise\":[\"prayer\"]}")).contains("otherwise: unknown field");
    }

    private static String refusal(LocalWorkbench bench, String parameters) {
        StageException refusal = catchThrowableOfType(StageException.class, () -> quantize(bench, parameters));
        assertThat(refusal.kind()).isEqualTo(FailureKind.INVALID_INPUT);
        return refusal.getMessage();
    }

    private LocalWorkbench bench(Path model) throws IOException {
        Path data = RandomData.write(OnnxModel.read(model), 32, folder.resolve("data"));
        return new LocalWorkbench(folder.resolve("bench"))
                .withModel("model", model)
                .withData("calibration", data);
    }

    private static Outcome.Result quantize(LocalWorkbench bench, String parameters) throws IOException {
        return (Outcome.Result) new QuantStage()
                .run(bench.task("quant", "quantize", (ObjectNode) Json.mapper().readTree(parameters)), bench);
    }
}
