package io.millrace.onnx.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.ModelText;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Costs of what stands in the branches of an If. */
class BranchCostsTest {

    @ParameterizedTest
    @CsvSource({"1, 20", "0, 28"})
    void aBranchThatIsAlwaysTakenIsCounted(byte condition, long parameters) {
        OnnxModel model = branches(ModelText.opset(17)
                .input("x", "n", 4)
                .tensor("condition", Tensor.of(ElementType.BOOL, ByteBuffer.wrap(new byte[] {condition}))));

        Costs costs = Costs.of(model);

        assertThat(costs.isPartial()).isFalse();
        assertThat(costs.rows()).extracting(LayerCost::operator).containsExactly("MatMul", "If");
        assertThat(costs.macs()).isEqualTo(parameters);
        assertThat(costs.parameters()).isEqualTo(parameters);
    }

    @Test
    void aConditionOnFixedSizesIsKnown() {
        OnnxModel model = branches(ModelText.opset(17)
                .input("x", "n", 4)
                .longs("four", 4)
                .node("s = Shape(x)", n -> n.with("start", 1))
                .node("condition = Equal(s, four)"));

        assertThat(Costs.of(model).macs()).isEqualTo(20);
    }

    /** A product of 16, and one of 4 or of 12 in the branches. */
    private static OnnxModel branches(ModelText start) {
        var small =
                ModelText.opset(17).weight("v", 4, 1).node("z = MatMul(y, v)").output("z");
        var large =
                ModelText.opset(17).weight("v", 4, 3).node("z = MatMul(y, v)").output("z");
        return start.weight("w", 4, 4)
                .node("y = MatMul(x, w)")
                .node("i = If(condition)", n -> n.with(ModelText.graphAttribute("then_branch", small.graph()))
                        .with(ModelText.graphAttribute("else_branch", large.graph())))
                .output("i")
                .build();
    }

    @Test
    void namesWhatItCannotCount() {
        var branch =
                ModelText.opset(17).weight("v", 4, 4).node("z = MatMul(x, v)").output("z");
        OnnxModel model = ModelText.opset(17)
                .importing("example", 1)
                .input("x", "n", 4)
                .input("condition", ElementType.BOOL)
                .weight("w", 4, 4)
                .node("y = MatMul(x, w)")
                .node(
                        "own = Spline(y, w)",
                        n -> Node.of(n.proto().toBuilder().setDomain("example").build()))
                .node("i = If(condition)", n -> n.with(ModelText.graphAttribute("then_branch", branch.graph()))
                        .with(ModelText.graphAttribute("else_branch", branch.graph())))
                .output("own")
                .output("i")
                .build();

        Costs costs = Costs.of(model);

        assertThat(costs.macs()).isEqualTo(16);
        assertThat(costs.isPartial()).isTrue();
        assertThat(costs.uncounted())
                .extracting(LayerCost::uncounted)
                .containsExactly(
                        "operator example.Spline, which reads a stored tensor, is not known",
                        "how often its sub-graphs run, which hold MatMul, is not known");
    }
}
