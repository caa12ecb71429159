package io.millrace.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.OutputKinds;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SensitivityTableTest {

    @Test
    void partsOfATableBecomeOneAsTheyTravel() throws Exception {
        // given what two tasks measured, destroyed answers and unmeasured ones among it
        Sensitivity first =
                new Sensitivity("a", List.of(0.1, Double.POSITIVE_INFINITY, Double.NaN), List.of(1.0, 0.0, Double.NaN));
        Sensitivity second = new Sensitivity("b", List.of(0.2), List.of(0.9));

        // when
        List<Result> travelled = List.of(
                travel(new SensitivityTable(List.of(first)).toResult()),
                travel(new SensitivityTable(List.of(second)).toResult()));
        SensitivityTable table = SensitivityTable.of(travelled);

        // then
        assertThat(table.of("a")).isEqualTo(first);
        assertThat(table.curve("b", "layer b").losses()).containsExactly(0, 0.2);
        assertThatThrownBy(() -> table.of("c")).hasMessageContaining("c was not measured");
    }

    private static Result travel(Result result) throws Exception {
        String text = Json.mapper().writeValueAsString(result.findings());
        return Result.ofFindings(Json.mapper().readValue(text, ObjectNode.class));
    }

    @Test
    void partThatNoComparedOutputDependsOnIsNotMeasuredAsFree() {
        // given the part of the network that was run makes none of the outputs
        OnnxModel model =
                Networks.input(-1, 4).node("Gemm", "y", "x", "[4,3]", "[3]").output("y", -1, 3);
        OutputDivergence divergence = new OutputDivergence(OutputKinds.of(model, Map.of(), Optional.empty()));
        divergence.add(Map.of("y", Networks.random(1, 2, 3)), Map.of());

        // when
        Sensitivity sensitivity = Sensitivity.of("a", List.of(divergence));

        // then
        assertThat(sensitivity.losses().get(0)).isNaN();
    }
}
