package io.millrace.quant;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Json;
import io.millrace.contracts.method.ParameterReader;
import io.millrace.contracts.method.QuantizeParameters;
import io.millrace.data.Dataset;
import io.millrace.inference.RandomInputs;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A one-sided and a signed tensor meet in a Concat, and the one-sided one is read elsewhere too. */
class ConcatCalibrationTest {
    private static final int SAMPLES = 1024;
    private static final int CLASSES = 8;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"min-max", "moving-average", "percentile", "entropy", "sqnr"})
    void everyCalibrationKeepsTheChoice(String calibration) throws Exception {
        // given
        OnnxModel model = network();
        Dataset data = Dataset.open(RandomData.write(model, 256, folder), model);
        QuantizeParameters parameters = ParameterReader.read(
                QuantizeParameters.class,
                Json.mapper().createObjectNode().put("calibration", calibration).put("samples", 256));

        // when
        OnnxModel quantized = new Quantizer(parameters, 1, (doing, done, total) -> {})
                .quantize(model, data, null)
                .model();

        // then
        var inputs = RandomInputs.of(model, SAMPLES, 77);
        float[] exact = Network.run(model, inputs);
        float[] rounded = Network.run(quantized, inputs);
        int agreeing = 0;
        for (int n = 0; n < SAMPLES; n++) {
            agreeing += highest(exact, n) == highest(rounded, n) ? 1 : 0;
        }
        assertThat((double) agreeing / SAMPLES).isGreaterThanOrEqualTo(0.98);
    }

    private static OnnxModel network() {
        return new Network(17, 11)
                .input("x", 3, 8, 8)
                .conv("x", "a", 3, 8, 3, 1)
                .node("Relu", List.of("a"), "r")
                .conv("r", "b", 8, 8, 3, 1)
                .node(Node.of("Concat", "both", List.of("r", "b"), List.of("c")).with("axis", 1))
                .conv("c", "d", 16, 16, 3, 1)
                .node("Relu", List.of("d"), "e")
                .node("GlobalAveragePool", List.of("e"), "p")
                .node("Flatten", List.of("p"), "f")
                .weight("w", 0.5, 16, CLASSES)
                .node("MatMul", List.of("f", "w"), "scores")
                .output("scores")
                .model();
    }

    private static int highest(float[] scores, int row) {
        int best = 0;
        for (int c = 1; c < CLASSES; c++) {
            best = scores[row * CLASSES + c] > scores[row * CLASSES + best] ? c : best;
        }
        return best;
    }
}
