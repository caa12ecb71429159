package io.millrace.onnx.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.onnx.ModelText;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import java.util.List;
import org.junit.jupiter.api.Test;

class SuffixTest {

    /** A shortcut around a convolution, and a second output that does not depend on it. */
    private static OnnxModel residual() {
        return ModelText.opset(17)
                .input("x", "batch", 4, 8, 8)
                .weight("w1", 4, 4, 1, 1)
                .weight("w2", 4, 4, 1, 1)
                .longs("rows", 0, -1)
                .node("a = Conv(x, w1)")
                .node("b = Relu(a)")
                .node("c = Conv(b, w2)")
                .node("sum = Add(c, b)")
                .node("shape = Identity(rows)")
                .node("y = Reshape(sum, shape)")
                .node("z = Sigmoid(a)")
                .output("y")
                .output("z")
                .build();
    }

    private static List<String> made(OnnxModel model) {
        return model.graph().nodes().stream().map(node -> node.output(0)).toList();
    }

    @Test
    void suffixHoldsTheNodeWhatDependsOnItAndConstants() {
        // given
        OnnxModel model = residual();
        Node second = model.graph().producer("c");

        // when
        Suffix suffix = Suffix.behind(model, second);

        // then
        assertThat(made(suffix.model())).containsExactly("c", "sum", "shape", "y");
        assertThat(suffix.inputs()).containsExactly("b");
        assertThat(suffix.model().graph().initializers()).containsOnlyKeys("w2", "rows");
        assertThat(suffix.model().graph().outputs()).extracting("name").containsExactly("y");
        assertThat(suffix.model().graph().nodes()).contains(second);
        assertThat(model.graph().nodes()).hasSize(7);
    }

    @Test
    void everyValueThatCrossesTheCutIsAnInput() {
        // given
        OnnxModel model = residual();

        // when
        Suffix suffix = Suffix.behind(model, model.graph().producer("sum"));

        // then
        assertThat(suffix.inputs()).containsExactly("c", "b");
        assertThat(suffix.model().graph().inputs()).extracting("name").containsExactly("c", "b");
    }

    @Test
    void nodeWithoutInfluenceIsRefused() {
        // given
        OnnxModel model = ModelText.opset(17)
                .input("x", 1)
                .node("y = Relu(x)")
                .node("unused = Sigmoid(x)")
                .output("y")
                .build();

        // when, then
        assertThatThrownBy(() -> Suffix.behind(model, model.graph().producer("unused")))
                .hasMessageContaining("no output");
    }

    @Test
    void subModelHoldsWhatTheOutputsNeed() {
        // given
        OnnxModel model = residual();

        // when
        OnnxModel part = SubModel.between(model, List.of("b"), List.of("sum"));

        // then
        assertThat(made(part)).containsExactly("c", "sum");
        assertThat(part.graph().inputs()).extracting("name").containsExactly("b");
    }

    @Test
    void subModelNamesTheInputThatIsMissing() {
        // given
        OnnxModel model = residual();

        // when, then
        assertThatThrownBy(() -> SubModel.between(model, List.of("c"), List.of("sum")))
                .hasMessageContaining("'x'");
        assertThatThrownBy(() -> SubModel.between(model, List.of("x"), List.of("nowhere")))
                .hasMessageContaining("'nowhere'");
    }
}
