package io.millrace.onnx.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Node;
import io.millrace.onnx.operator.QuantizationRule.Form;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OperatorsTest {
    private static Node node(String domain, String op) {
        return Node.of(Node.of(op, "n", List.of("x"), List.of("y")).proto().toBuilder()
                .setDomain(domain)
                .build());
    }

    @Test
    void whatNobodyDeclaredIsKnownByNothing() {
        for (Node node : List.of(node("", "Spline"), node("example", "Conv"))) {
            Operator operator = Operators.of(node);

            assertThat(Operators.know(node)).isFalse();
            assertThat(operator.infersShapes()).isFalse();
            assertThat(operator.isFollowed()).isFalse();
            assertThat(operator.multiplies()).isFalse();
            assertThat(operator.parameters().weights()).isEmpty();
        }
    }

    @Test
    void theRuntimesOperatorsOfAStandardNameMakeTheSameShapesAndAreNotFollowed() {
        Operator lent = Operators.of(node(Operators.MICROSOFT, "Softmax"));

        assertThat(lent.infersShapes()).isTrue();
        assertThat(lent.isFollowed()).isFalse();
        assertThat(Operators.of(node("", "Softmax")).isFollowed()).isTrue();
    }

    @Test
    void whoeverMultipliesSaysWhereItsWeightsAre() {
        assertThat(Operators.standard())
                .filteredOn(operator ->
                        operator.multiplies() && operator.parameters().weights().length == 0)
                .extracting(Operator::name)
                .containsExactly("Attention");
        assertThat(Operators.standard())
                .filteredOn(operator -> operator.parameters().weights().length > 0)
                .allMatch(Operator::multiplies);
    }

    @Test
    void whoeverIsFollowedHasShapes() {
        assertThat(Operators.standard()).filteredOn(Operator::isFollowed).allMatch(Operator::infersShapes);
    }

    @Test
    void settingsBecomeInputsWhereOnnxSaysSo() {
        assertThat(settings("Squeeze")).containsExactly(new Setting("axes", 1, 13));
        assertThat(settings("ReduceSum")).containsExactly(new Setting("axes", 1, 13));
        assertThat(settings("ReduceMean")).containsExactly(new Setting("axes", 1, 18));
        assertThat(settings("Split")).containsExactly(new Setting("split", 1, 13));
        assertThat(settings("Slice")).extracting(Setting::attribute).containsExactly("starts", "ends", "axes", "steps");
        assertThat(settings("Pad")).first().isEqualTo(new Setting("pads", 1, 11));
        assertThat(settings("Clip").get(0).isInput(10)).isFalse();
        assertThat(settings("Clip").get(0).isInput(11)).isTrue();
    }

    private static List<Setting> settings(String op) {
        return Operators.of(node("", op)).settings();
    }

    @Test
    void noTwoClassesOfTheLibraryHaveOneNameAndNoneIsLong() throws IOException {
        List<Path> sources;
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            sources = files.filter(f -> f.toString().endsWith(".java") && !f.endsWith("package-info.java"))
                    .toList();
        }

        assertThat(sources.stream().collect(Collectors.groupingBy(f -> f.getFileName(), Collectors.counting())))
                .allSatisfy((name, count) -> assertThat(count).as("%s", name).isEqualTo(1));
        Path root = Path.of("src/main/java/io/millrace/onnx");
        for (Path source : sources) {
            if (!source.getParent().equals(root)) {
                assertThat(Files.readAllLines(source)).as("%s", source).hasSizeLessThanOrEqualTo(300);
            }
        }
    }

    @Test
    void whatRunsInIntegersIsDeclaredWithTheOperator() {
        assertThat(Operators.standard())
                .filteredOn(operator -> form(operator) != Form.FLOAT)
                .extracting(Operator::name)
                .containsExactly(
                        "Add",
                        "AveragePool",
                        "Concat",
                        "Conv",
                        "Flatten",
                        "Gemm",
                        "GlobalAveragePool",
                        "Identity",
                        "LeakyRelu",
                        "MatMul",
                        "MaxPool",
                        "Mul",
                        "Reshape",
                        "Resize",
                        "Sigmoid",
                        "Slice",
                        "Split",
                        "Squeeze",
                        "Transpose",
                        "Unsqueeze");
        QuantizationRule pool = Operators.of(node("", "MaxPool")).quantization();
        assertThat(pool.form(node("", "MaxPool"), 11)).isEqualTo(Form.FLOAT);
        assertThat(pool.form(node("", "MaxPool").withOutputs(List.of("y", "at")), 17))
                .isEqualTo(Form.FLOAT);
        assertThat(form(Operators.of(node(Operators.MICROSOFT, "MaxPool")))).isEqualTo(Form.FLOAT);
    }

    private static Form form(Operator operator) {
        return operator.quantization().form(node("", operator.name()), 17);
    }
}
