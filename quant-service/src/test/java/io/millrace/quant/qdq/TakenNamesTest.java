package io.millrace.quant.qdq;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.RandomInputs;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.quant.Network;
import io.millrace.quant.calibration.Range;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Networks whose own names are those a quantizer likes to give. */
class TakenNamesTest {

    @Test
    void everyNewNameAvoidsTheNamesOfTheNetwork() {
        // given
        OnnxModel taken = network("");
        OnnxModel free = network("mine_");

        // when
        OnnxModel quantized = quantized(taken);

        // then
        var inputs = RandomInputs.of(taken, 2, 1);
        assertThat(Network.run(quantized, inputs)).containsExactly(Network.run(quantized(free), inputs));
    }

    /** @param prefix of the names that collide without it */
    private static OnnxModel network(String prefix) {
        Network network = new Network(17, 3).input("a", 4, 6, 6);
        for (String stem : List.of("a", "c", "y")) {
            for (String end : List.of("quantized", "dequantized", "exact", "scale", "zero_point", "QuantizeLinear")) {
                network.weight(prefix + stem + "_" + end, 0.1, 1);
            }
        }
        return network.conv("a", "c", 4, 4, 3, 1)
                .node("Relu", List.of("c"), "r")
                .node(Node.of(
                        "Sub", prefix + "c_DequantizeLinear", List.of("r", prefix + "a_dequantized"), List.of("s")))
                .weight(prefix + "c_weight", 0.1, 1)
                .node("Sub", List.of("s", prefix + "c_weight"), "t")
                .node("Sub", List.of("t", prefix + "y_exact"), prefix + "c_weight_quantized")
                .conv(prefix + "c_weight_quantized", "y", 4, 4, 1, 1)
                .output("y")
                .model();
    }

    private static OnnxModel quantized(OnnxModel model) {
        QuantizationPlan plan = Planner.plan(model);
        Map<String, Encoding> encodings = new LinkedHashMap<>();
        plan.observed().forEach(value -> encodings.put(value, Encoding.of(new Range(-4, 4))));
        return QdqWriter.write(model, plan, encodings, 63, Map.of()).model();
    }
}
