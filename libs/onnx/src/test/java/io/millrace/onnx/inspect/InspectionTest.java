package io.millrace.onnx.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.millrace.onnx.Corpus;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.ModelText;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InspectionTest {
    private static Inspection small() {
        return Inspection.of(
                "small.onnx",
                ModelText.opset(17)
                        .input("x", "batch", 3, 16, 16)
                        .weight("w1", 32, 3, 3, 3)
                        .weight("w2", 32, 1, 3, 3)
                        .weight("w3", 10, 32)
                        .node("a = Conv(x, w1)")
                        .node("b = Relu(a)")
                        .node("c = Conv(b, w2)", n -> n.with("group", 32))
                        .node("d = GlobalAveragePool(c)")
                        .node("e = Flatten(d)")
                        .node("y = Gemm(e, w3)", n -> n.with("transB", 1))
                        .output("y")
                        .build());
    }

    @Test
    void tellsCostsAndTotals() {
        Inspection model = small();

        assertThat(model.opset()).isEqualTo(17);
        assertThat(model.inputs()).containsExactly(new Inspection.Value("x", "float", "batch x 3 x 16 x 16"));
        assertThat(model.outputs()).containsExactly(new Inspection.Value("y", "float", "batch x 10"));
        assertThat(model.layers()).extracting(Inspection.Layer::macs).containsExactly(169344L, 41472L, 320L);
        assertThat(model.layers().stream().mapToDouble(Inspection.Layer::share).sum())
                .isEqualTo(1);
        assertThat(model.parameters()).isEqualTo(32 * 27 + 32 * 9 + 320);
    }

    @Test
    void tellsWhatMayBeDoneAndWhyNot() {
        Inspection model = small();
        Inspection.Layer first = model.layers().get(0);
        Inspection.Layer depthwise = model.layers().get(1);
        Inspection.Layer last = model.layers().get(2);

        assertThat(first.methods())
                .allSatisfy((method, verdict) ->
                        assertThat(verdict.possible()).as(method).isEqualTo(!method.equals("prune-in")));
        assertThat(depthwise.methods().get("spatial-svd").reason()).contains("grouped convolution, of 32 groups");
        assertThat(last.methods().get("tucker").reason()).contains("for convolutions only");
        assertThat(last.methods().get("prune-out").possible()).isFalse();
        assertThat(last.methods().get("prune-in").possible()).isTrue();
        assertThat(model.groups()).hasSize(1);
        assertThat(model.groups().get(0).size()).isEqualTo(32);
        assertThat(first.group()).isEqualTo(depthwise.group()).isEqualTo("g1");
    }

    @Test
    void printsATable() {
        String text = InspectionTable.render(small());

        assertThat(text)
                .contains("small.onnx: opset 17")
                .contains("input   x  float  batch x 3 x 16 x 16")
                .containsPattern("Conv -> a +Conv +32x3x3x3 +1x32x14x14 +169\\.3 k +80\\.2% +864  +g1")
                .contains("Total: 211.1 k MACs")
                .contains("costs are for input x of 1 x 3 x 16 x 16");
    }

    @Test
    void showsProductsOfComputedValuesAndMarksWhatIsNotCounted() {
        OnnxModel model = ModelText.opset(17)
                .importing("example", 1)
                .input("x", "n", 4, 4)
                .weight("w", 4, 4)
                .node("a = MatMul(x, w)")
                .node("b = MatMul(a, x)")
                .node(
                        "y = Spline(b, w)",
                        n -> Node.of(n.proto().toBuilder().setDomain("example").build()))
                .output("y")
                .build();

        Inspection inspection = Inspection.of("partial.onnx", model);

        assertThat(inspection.partial()).isTrue();
        assertThat(inspection.layers()).extracting(Inspection.Layer::macs).containsExactly(64L, 64L, null);
        assertThat(InspectionTable.render(inspection))
                .containsPattern("MatMul -> b +MatMul +- ")
                .containsPattern("Spline -> y +Spline +- +\\? +\\? +\\?")
                .contains("128  MACs without those of the layers marked ?")
                .contains("the costs are partial: MACs of Spline -> y are not counted");
    }

    @Test
    void aResultShowsWhichStepMadeEachLayer() {
        OnnxModel model = ModelText.opset(17)
                .input("x", 1, 4)
                .weight("w", 4, 4)
                .weight("v", 4, 4)
                .node("a = MatMul(x, w)")
                .node("y = MatMul(a, v)")
                .output("y")
                .build();
        Patch.of(model.graph(), "fine-tuning")
                .set("v", Tensor.ofFloats(new float[16], 4, 4))
                .apply();

        Inspection inspection = Inspection.of("result", model);

        assertThat(inspection.layers())
                .extracting(Inspection.Layer::steps)
                .containsExactly(List.of(), List.of("fine-tuning"));
        assertThat(InspectionTable.render(inspection))
                .contains("made by")
                .containsPattern("MatMul -> a .* -  ")
                .containsPattern("MatMul -> y .* fine-tuning ");
        assertThat(InspectionTable.render(small())).doesNotContain("made by");
    }

    @Test
    void whereNoNodeIsCountedNoTotalIsGiven() {
        OnnxModel model = ModelText.opset(17)
                .importing("example", 1)
                .input("x", "n", 4, 4)
                .weight("w", 4, 4)
                .node(
                        "y = Spline(x, w)",
                        n -> Node.of(n.proto().toBuilder().setDomain("example").build()))
                .output("y")
                .build();

        Inspection inspection = Inspection.of("unknown.onnx", model);

        assertThat(inspection.macs()).isNull();
        assertThat(InspectionTable.render(inspection))
                .contains("Total: MACs not counted (the notes say why), ")
                .contains("MACs of Spline -> y are not counted: operator example.Spline");
    }

    static List<Path> networks() {
        return Corpus.files();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void inspectsEveryNetwork(Path file) {
        assertThatCode(() -> {
                    try {
                        InspectionTable.render(Inspection.of(file));
                    } catch (InvalidModelException refused) {
                        assertThat(refused)
                                .hasMessageContaining(file.getFileName().toString());
                    }
                })
                .doesNotThrowAnyException();
    }

    @Test
    void onlyMethodsThatAreOfferedHaveAColumn() {
        OnnxModel model = ModelText.opset(17)
                .input("x", 1, 4)
                .weight("w", 4, 4)
                .node("y = MatMul(x, w)")
                .output("y")
                .build();
        Inspection inspection = Inspection.of("small", model, List.of("quantize", "spatial-svd"));
        assertThat(inspection.layers().get(0).methods()).containsOnlyKeys("spatial-svd", "quantize");
        assertThat(InspectionTable.render(inspection)).contains("quantize").doesNotContain("tucker");
    }
}
