package io.millrace.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.method.ParameterReader;
import io.millrace.contracts.method.QuantizeParameters;
import io.millrace.data.Dataset;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two towers with one set of weights; scores of the distance between what they make of two inputs. */
class SharedWeightsTest {
    @TempDir
    Path folder;

    @Test
    void oneStoredWeightBecomesOneQuantizedWeightAndTheTowersStayAlike() throws Exception {
        // given
        OnnxModel model = siamese();
        Dataset data = Dataset.open(RandomData.write(model, 128, folder), model);
        QuantizeParameters parameters = ParameterReader.read(
                QuantizeParameters.class, (ObjectNode) Json.mapper().readTree("""
                                {"calibration": "entropy", "prepare": ["fold-bn", "cle", "bias-correction"],
                                 "samples": 128}"""));

        // when
        Quantizer.Quantized quantized =
                new Quantizer(parameters, 1, (doing, done, total) -> {}).quantize(model, data, null);

        // then
        assertThat(quantized.fused().integerLayers()).isEqualTo(5);
        assertThat(quantized.model().graph().initializers().values().stream()
                        .filter(tensor -> tensor.type() == ElementType.INT8 && tensor.rank() > 1))
                .hasSize(3);
        assertThat(quantized.model().graph().initializers().values().stream()
                        .filter(tensor -> tensor.type() == ElementType.INT32 && tensor.dim(0) > 1)
                        .map(Tensor::count)
                        .filter(count -> count == 8L))
                .as("a bias and its zero points for each of two convolutions")
                .hasSizeLessThanOrEqualTo(4);
        Tensor a = Network.gaussian(new Random(8), 1, 16, 3, 8, 8);
        Tensor b = Network.gaussian(new Random(9), 1, 16, 3, 8, 8);
        float[] same = Network.run(quantized.model(), Map.of("a", a, "b", a));
        for (int i = 4; i < same.length; i++) {
            assertThat(same[i]).isCloseTo(same[i % 4], within(1e-5f));
        }
        assertThat(Network.run(quantized.model(), Map.of("a", a, "b", b)))
                .containsExactly(Network.run(quantized.model(), Map.of("a", b, "b", a)), within(1e-5f));
    }

    private static OnnxModel siamese() {
        Network network = new Network(17, 31)
                .input("a", 3, 8, 8)
                .input("b", 3, 8, 8)
                .conv("a", "c1", 3, 8, 3, 1)
                .node("Relu", List.of("c1"), "r1")
                .conv("r1", "c2", 8, 8, 3, 1)
                .node("Relu", List.of("c2"), "r2")
                .node("GlobalAveragePool", List.of("r2"), "p")
                .node(padded("b", "d1", "c1"))
                .node("Relu", List.of("d1"), "s1")
                .node(padded("s1", "d2", "c2"))
                .node("Relu", List.of("d2"), "s2")
                .node("GlobalAveragePool", List.of("s2"), "q");
        return network.node("Sub", List.of("p", "q"), "difference")
                .node("Abs", List.of("difference"), "distance")
                .node("Flatten", List.of("distance"), "f")
                .weight("w", 2, 8, 4)
                .weight("v", 1, 4)
                .node("Gemm", List.of("f", "w", "v"), "scores")
                .output("scores")
                .model();
    }

    private static Node padded(String input, String output, String weights) {
        return Node.of("Conv", output + "_Conv", List.of(input, weights + ".w", weights + ".b"), List.of(output))
                .with("group", 1)
                .with("pads", new long[] {1, 1, 1, 1});
    }
}
