package io.millrace.onnx.shape;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.ModelText;
import io.millrace.onnx.Tensor;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapesTest {
    private static String shape(ModelText model, String value) {
        return Shapes.infer(model.output(value).build())
                .of(value)
                .map(Shape::toString)
                .orElse("unknown");
    }

    @Test
    void aBatchThatIsFlattenedAndRestoredStaysTheBatch() {
        ModelText model = ModelText.opset(17)
                .input("x", "batch", 8, 4, 4)
                .longs("rows", -1, 16)
                .longs("back", -1, 8, 16)
                .node("a = Reshape(x, rows)")
                .node("b = Reshape(a, back)");

        Shapes shapes = Shapes.infer(model.output("b").build());

        assertThat(shapes.of("a").orElseThrow()).hasToString("8*batch x 16");
        assertThat(shapes.of("b").orElseThrow()).hasToString("batch x 8 x 16");
    }

    @Test
    void followsAShapeThatTheModelComputes() {
        ModelText model = ModelText.opset(11)
                .input("x", "batch", 8, 4, 4)
                .tensor("zero", Tensor.ofLongs(new long[] {0}))
                .longs("rest", -1)
                .node("s = Shape(x)")
                .node("n = Gather(s, zero)")
                .node("u = Unsqueeze(n)", n -> n.with("axes", new long[] {0}))
                .node("target = Concat(u, rest)", n -> n.with("axis", 0))
                .node("y = Reshape(x, target)");

        assertThat(shape(model, "y")).isEqualTo("batch x 128");
    }

    @Test
    void sizesOfImagesStayFormulasThatAreEqualWhereTheyAreTheSame() {
        ModelText model = ModelText.opset(17)
                .input("x", "n", 3, "h", "w")
                .weight("k", 4, 3, 3, 3)
                .weight("p", 4, 3, 1, 1)
                .node("a = Conv(x, k)", n -> n.with("pads", new long[] {1, 1, 1, 1})
                        .with("strides", new long[] {2, 2}))
                .node("b = Conv(x, p)", n -> n.with("strides", new long[] {2, 2}))
                .node("c = Add(a, b)");

        Shapes shapes = Shapes.infer(model.output("c").build());

        assertThat(shapes.of("a").orElseThrow()).hasToString("n x 4 x floor((h - 1)/(2)) + 1 x floor((w - 1)/(2)) + 1");
        assertThat(shapes.of("c")).isEqualTo(shapes.of("a"));
    }

    @Test
    void infersForGivenInputSizes() {
        ModelText model = ModelText.opset(17)
                .input("x", "n", 3, "h", "w")
                .node("y = MaxPool(x)", n -> n.with("kernel_shape", new long[] {2, 2})
                        .with("strides", new long[] {2, 2}))
                .output("y");

        Shapes shapes = Shapes.infer(model.build(), Map.of("x", new long[] {2, 3, 9, 8}));

        assertThat(shapes.of("y").orElseThrow().sized(1)).containsExactly(2, 3, 4, 4);
    }

    @Test
    void anOperatorWithoutARuleMakesUnknownShapesAndSaysSo() {
        ModelText model = ModelText.opset(17)
                .input("x", 2, 3)
                .node("a = Unique(x)")
                .node("b = Relu(a)")
                .output("b");

        Shapes shapes = Shapes.infer(model.build());

        assertThat(shapes.of("a")).isEmpty();
        assertThat(shapes.unknown())
                .containsEntry("Unique -> a", "operator Unique is not known")
                .containsEntry("Relu -> b", "the shape of its input a is not known");
    }

    @Test
    void takesTheBranchOfAnIfWhoseConditionIsKnown() {
        ModelText squeezed = ModelText.opset(11)
                .node("q = Squeeze(x)", n -> n.with("axes", new long[] {1}))
                .output("q");
        ModelText same = ModelText.opset(11).node("i = Identity(x)").output("i");
        ModelText model = ModelText.opset(11)
                .input("x", "n", 1, 5)
                .tensor("one", Tensor.ofLongs(new long[] {1}))
                .node("s = Shape(x)")
                .node("d = Gather(s, one)")
                .node("c = Equal(d, one)")
                .node("y = If(c)", n -> n.with(ModelText.graphAttribute("then_branch", squeezed.graph()))
                        .with(ModelText.graphAttribute("else_branch", same.graph())));

        assertThat(shape(model, "y")).isEqualTo("n x 5");
    }

    @ParameterizedTest
    @CsvSource({
        "'ij,jk->ik', '4x5', '5x6', '4 x 6'",
        "'bhid,bhjd->bhij', '2x3x4x5', '2x3x6x5', '2 x 3 x 4 x 6'",
        "'...ij,jk->...ik', '7x2x3', '3x4', '7 x 2 x 4'",
        "'ij,jk', '4x5', '5x6', '4 x 6'"
    })
    void readsEquationsOfEinsum(String equation, String left, String right, String expected) {
        ModelText model = ModelText.opset(17)
                .input("a", dims(left))
                .input("b", dims(right))
                .node("y = Einsum(a, b)", n -> n.with("equation", equation));

        assertThat(shape(model, "y")).isEqualTo(expected);
    }

    private static Object[] dims(String text) {
        return Arrays.stream(text.split("x")).map(Long::valueOf).toArray();
    }

    @Test
    void attributesThatDoNotFitMakeUnknownShapes() {
        ModelText model = ModelText.opset(17)
                .input("x", 2, 3)
                .input("i", ElementType.INT64, 1)
                .node("a = Gather(x, i)", n -> n.with("axis", 7))
                .node("b = Transpose(x)", n -> n.with("perm", new long[] {0, 9}))
                .node("c = Conv(x, x)")
                .node("d = Add(x, x)")
                .output("d");

        Shapes shapes = Shapes.infer(model.build());

        assertThat(shapes.unknown().keySet()).containsExactly("Gather -> a", "Transpose -> b", "Conv -> c");
        assertThat(shapes.of("d").orElseThrow().toString()).isEqualTo("2 x 3");
    }

    @Test
    void sizesOfAResizeAreThoseOfSinglePrecision() {
        // 1.3f is less than 1.3, and 20 times it is 26 in single precision only.
        Shapes shapes = Shapes.infer(ModelText.opset(17)
                .input("x", 1, 3, 20, 10)
                .tensor("scales", Tensor.ofFloats(new float[] {1, 1, 1.3f, 1.7f}, 4))
                .node("y = Resize(x, , scales)")
                .output("y")
                .build());

        assertThat(shapes.of("y").orElseThrow()).hasToString("1 x 3 x 26 x 17");
    }
}
