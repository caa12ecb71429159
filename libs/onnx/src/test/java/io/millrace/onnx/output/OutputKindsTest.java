package io.millrace.onnx.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class OutputKindsTest {
    private static final Optional<ClassLabels> FOUR = Optional.of(new ClassLabels(0, 3, 0));

    @Test
    void aSoftmaxIsSeenThroughWhatOnlyMovesValues() {
        ModelOutput direct = only(ending(13, (net, x) -> net.op("Softmax", List.of(x), "axis", -1)));
        ModelOutput moved = only(ending(
                13,
                (net, x) -> net.reshape(
                        net.op("Identity", List.of(net.op("Softmax", List.of(net.reshape(x, 0, 4, 1)), "axis", 1))),
                        0,
                        4)));
        ModelOutput turned = only(ending(
                13,
                (net, x) -> net.transpose(net.op("Softmax", List.of(net.reshape(x, -1, 1, 4)), "axis", 2), 0, 2, 1)));

        assertThat(List.of(direct, moved, turned)).allSatisfy(output -> {
            assertThat(output.kind()).isEqualTo(OutputKind.PROBABILITIES);
            assertThat(output.normalised()).isTrue();
            assertThat(output.axis()).isEqualTo(1);
            assertThat(output.classes()).isEqualTo(4);
            assertThat(output.scores()).isNotEqualTo(output.name());
        });
    }

    @Test
    void aLogSoftmaxLeavesScores() {
        ModelOutput output = only(ending(13, (net, x) -> net.op("LogSoftmax", List.of(x))));

        assertThat(output.kind()).isEqualTo(OutputKind.CLASS_SCORES);
        assertThat(output.normalised()).isFalse();
    }

    @Test
    void aSoftmaxAtEachPlaceOfAMapIsAClassMap() {
        Net net = new Net(13, 1);
        net.output(net.op("Softmax", List.of(net.conv(net.input("x", -1, 3, 8, 8), 3, 5, 3)), "axis", 1));

        ModelOutput output = only(net.model());

        assertThat(output.kind()).isEqualTo(OutputKind.CLASS_MAP);
        assertThat(output.axis()).isEqualTo(1);
        assertThat(output.classes()).isEqualTo(5);
    }

    @Test
    void beforeOpset13ASoftmaxOverAllThatFollowsIsNone() {
        Net net = new Net(11, 1);
        net.output(net.op("Softmax", List.of(net.conv(net.input("x", -1, 3, 8, 8), 3, 5, 3)), "axis", 1));

        assertThat(only(net.model()).kind()).isEqualTo(OutputKind.VALUES);
    }

    @Test
    void sigmoidsAnswerSeveralQuestionsOrOne() {
        ModelOutput several = only(ending(13, (net, x) -> net.op("Sigmoid", List.of(x))));
        ModelOutput one = only(ending(13, (net, x) -> net.op("Sigmoid", List.of(net.linear(x, 4, 1)))));
        ModelOutput flat =
                only(ending(13, (net, x) -> net.reshape(net.op("Sigmoid", List.of(net.linear(x, 4, 1))), -1)));

        assertThat(several.kind()).isEqualTo(OutputKind.INDEPENDENT_SCORES);
        assertThat(one.kind()).isEqualTo(OutputKind.BINARY_SCORE);
        assertThat(flat.kind()).isEqualTo(OutputKind.BINARY_SCORE);
        assertThat(flat.normalised()).isTrue();
    }

    @Test
    void aRowOfNumbersIsPlainValuesUntilLabelsOrTheJobSayMore() {
        OnnxModel model = ending(13, (net, x) -> net.linear(x, 4, 4));
        String name = only(model).name();

        assertThat(only(model).kind()).isEqualTo(OutputKind.VALUES);
        assertThat(OutputKinds.of(model, Map.of(), FOUR).get(0).kind()).isEqualTo(OutputKind.CLASS_SCORES);
        assertThat(OutputKinds.of(model, Map.of(), Optional.of(new ClassLabels(0, 7, 0)))
                        .get(0)
                        .kind())
                .isEqualTo(OutputKind.VALUES);
        assertThat(OutputKinds.of(model, Map.of(name, OutputKind.INDEPENDENT_SCORES), FOUR)
                        .get(0)
                        .kind())
                .isEqualTo(OutputKind.INDEPENDENT_SCORES);
    }

    @Test
    void labelsOfTwoClassesFitOneNumber() {
        OnnxModel model = ending(13, (net, x) -> net.linear(x, 4, 1));

        assertThat(OutputKinds.of(model, Map.of(), Optional.of(new ClassLabels(0, 1, 0)))
                        .get(0)
                        .kind())
                .isEqualTo(OutputKind.BINARY_SCORE);
        assertThat(OutputKinds.of(model, Map.of(), FOUR).get(0).kind()).isEqualTo(OutputKind.VALUES);
    }

    @Test
    void ofSeveralOutputsLabelsFitTheOneWithAsManyClasses() {
        Net net = new Net(13, 1);
        String features = net.relu(net.linear(net.input("x", -1, 8), 8, 16));
        net.output(features);
        net.output(net.linear(features, 16, 4));

        assertThat(OutputKinds.of(net.model(), Map.of(), FOUR))
                .extracting(ModelOutput::kind)
                .containsExactly(OutputKind.VALUES, OutputKind.CLASS_SCORES);
    }

    @Test
    void anArgMaxShowsScoresAndGivesIndices() {
        Net net = new Net(13, 1);
        String scores = net.linear(net.input("x", -1, 8), 8, 4);
        net.output(scores);
        net.output(net.op("ArgMax", List.of(scores), "axis", 1, "keepdims", 0));

        assertThat(OutputKinds.of(net.model()))
                .extracting(ModelOutput::kind)
                .containsExactly(OutputKind.CLASS_SCORES, OutputKind.CLASS_INDICES);
    }

    @Test
    void whatIsDividedByItsLengthIsAnEmbedding() {
        OnnxModel model = ending(
                13,
                (net, x) -> net.op(
                        "Div",
                        List.of(x, net.op("Clip", List.of(net.op("ReduceL2", List.of(x), "axes", new long[] {1}))))));

        assertThat(only(model).kind()).isEqualTo(OutputKind.EMBEDDING);
    }

    @Test
    void whatCannotBeAsDeclaredIsRefused() {
        OnnxModel model = ending(13, (net, x) -> net.linear(x, 4, 4));
        String name = only(model).name();

        assertThatThrownBy(() -> OutputKinds.of(model, Map.of("nothing", OutputKind.VALUES), Optional.empty()))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage("outputs.nothing: the model has no such output; it has [" + name + "]");
        assertThatThrownBy(() -> OutputKinds.of(model, Map.of(name, OutputKind.BINARY_SCORE), Optional.empty()))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("binary-score needs one number a sample");
    }

    private static ModelOutput only(OnnxModel model) {
        List<ModelOutput> outputs = OutputKinds.of(model);
        assertThat(outputs).hasSize(1);
        return outputs.get(0);
    }

    /** [N, 4], and what comes behind it. */
    private static OnnxModel ending(long opset, BiFunction<Net, String, String> end) {
        Net net = new Net(opset, 1);
        net.output(end.apply(net, net.relu(net.linear(net.input("x", -1, 8), 8, 4))));
        return net.model();
    }
}
