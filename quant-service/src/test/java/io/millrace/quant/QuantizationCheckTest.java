package io.millrace.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Outcome;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.worker.LocalWorkbench;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a quantized model is taken on samples that mean something. */
class QuantizationCheckTest {
    private static final IntToDoubleFunction LOUD = sample -> 1;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void writeModel() throws IOException {
        OnnxModel model = new Network(17, 7)
                .input("x", 3, 6, 6)
                .conv("x", "a", 3, 8, 3, 1)
                .node("Relu", List.of("a"), "r")
                .conv("r", "y", 8, 4, 3, 1)
                .output("y")
                .model();
        file = folder.resolve("model.onnx");
        model.write(file);
    }

    @Test
    void zerosInFrontDoNotFlatterTheFigures() throws IOException {
        // given
        Path mixed = data("mixed", 2048, sample -> sample < 300 ? 0 : 1);
        Path plain = data("plain", 2048, LOUD);

        // when
        double sqnr = run(bench(mixed), "{\"samples\":1024}").path("sqnr").asDouble();
        double wanted = run(bench(plain), "{\"samples\":1024}").path("sqnr").asDouble();

        // then
        assertThat(sqnr).isCloseTo(wanted, within(2.0));
    }

    @Test
    void aCalibrationThatDoesNotCoverTheValidationDataIsNoticed() throws IOException {
        // given
        Path quiet = data("quiet", 256, sample -> 0.2);
        Path loud = data("loud", 256, LOUD);

        // when
        ObjectNode findings = run(bench(quiet).withData("validation", loud), "{\"samples\":256}");
        ObjectNode covered = run(bench(loud).withData("validation", loud), "{\"samples\":256}");

        // then
        assertThat(findings.at("/checked/data").asText()).isEqualTo("validation");
        assertThat(findings.at("/ranges/x/clipped").asDouble()).isGreaterThan(0.2);
        assertThat(findings.path("notes").toString())
                .contains("on validation data")
                .contains("does not cover it");
        assertThat(covered.at("/ranges/x/clipped").asDouble()).isLessThan(1e-3);
        assertThat(covered.path("notes").toString()).doesNotContain("does not cover it");
    }

    @Test
    void withoutValidationDataOtherCalibrationSamplesShowIt() throws IOException {
        // given: one sample in eight is loud, and calibration takes few
        Path mixed = data("mixed", 256, sample -> sample % 8 == 0 ? 40 : 0.2);

        // when
        ObjectNode findings = run(bench(mixed).withSeed(quietStart(mixed)), "{\"samples\":2}");

        // then
        assertThat(findings.at("/checked/data").asText()).isEqualTo("calibration");
        assertThat(findings.at("/checked/unseen").asBoolean()).isTrue();
        assertThat(findings.at("/ranges/x/clipped").asDouble()).isGreaterThan(0.05);
        assertThat(findings.path("notes").toString()).contains("does not cover it");
    }

    @Test
    void whatWasNotMeasuredHasNoValueAndAReason() throws IOException {
        // given
        Path all = data("all", 32, LOUD);

        // when
        ObjectNode findings = run(bench(all), "{\"samples\":32}");

        // then
        assertThat(findings.at("/ranges/x").has("clipped")).isTrue();
        assertThat(findings.at("/ranges/x/clipped").isNull()).isTrue();
        assertThat(findings.path("notes").toString()).contains("is not known: there is no validation data");
    }

    /** A seed under which the two samples calibrated with are quiet ones. */
    private long quietStart(Path data) throws IOException {
        for (long seed = 1; seed < 50; seed++) {
            if (run(bench(data).withSeed(seed), "{\"samples\":2,\"calibration\":\"min-max\"}")
                            .at("/ranges/x/max")
                            .asDouble()
                    < 2) {
                return seed;
            }
        }
        throw new IllegalStateException("no such seed");
    }

    private LocalWorkbench bench(Path calibration) {
        return new LocalWorkbench(folder.resolve("bench"))
                .withModel("model", file)
                .withData("calibration", calibration);
    }

    private Path data(String name, int samples, IntToDoubleFunction size) throws IOException {
        Tensor values = Network.gaussian(new Random(3), 1, samples, 3, 6, 6);
        float[] scaled = values.floats();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= (float) size.applyAsDouble(i / 108);
        }
        return RandomData.write(Map.of("x", Tensor.ofFloats(scaled, values.dims())), folder.resolve(name));
    }

    private static ObjectNode run(LocalWorkbench bench, String parameters) throws IOException {
        ObjectNode json = (ObjectNode) Json.mapper().readTree(parameters);
        return ((Outcome.Result) new QuantStage().run(bench.task("quant", "quantize", json), bench)).findings();
    }
}
