package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Operators whose slope is infinite or undefined at zero, behind a layer that gives a row of zeros. */
class ZeroRowsTest {
    private static final int WIDTH = 4;

    private record Case(String name, List<Node> nodes) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("ReduceL2", List.of(reduce("ReduceL2", "h", "y"))),
                new Case("ReduceL1", List.of(reduce("ReduceL1", "h", "y"))),
                new Case("ReduceSumSquare", List.of(reduce("ReduceSumSquare", "h", "y"))),
                new Case("ReduceProd", List.of(reduce("ReduceProd", "h", "y"))),
                new Case("ReduceLogSumExp", List.of(reduce("ReduceLogSumExp", "h", "y"))),
                new Case("Abs", List.of(node("Abs", "y", "h"))),
                new Case(
                        "root of a sum of squares",
                        List.of(reduce("ReduceSumSquare", "h", "s"), node("Sqrt", "y", "s"))),
                new Case(
                        "root of a mean of squares",
                        List.of(node("Mul", "q", "h", "h"), reduce("ReduceMean", "q", "s"), node("Sqrt", "y", "s"))),
                new Case(
                        "power of a sum of powers",
                        List.of(
                                node("Pow", "q", "h", "two"),
                                reduce("ReduceSum", "q", "s"),
                                node("Pow", "y", "s", "half"))),
                new Case(
                        "power by a computed exponent",
                        List.of(
                                node("Mul", "q", "h", "h"),
                                reduce("ReduceSum", "q", "s"),
                                node("Mul", "e", "half", "ones"),
                                node("Add", "f", "e", "x0"),
                                node("Pow", "y", "s", "f"))),
                new Case("LpNormalization of 2", List.of(node("LpNormalization", "y", "h"))),
                new Case(
                        "LpNormalization of 1",
                        List.of(node("LpNormalization", "y", "h").with("p", 1))),
                new Case(
                        "normalize",
                        List.of(
                                reduce("ReduceL2", "h", "n"),
                                node("Clip", "c", "n", "tiny"),
                                node("Div", "y", "h", "c"))),
                new Case("LayerNormalization", List.of(node("LayerNormalization", "y", "h", "ones"))),
                new Case("Softsign", List.of(node("Softsign", "y", "h"))),
                new Case(
                        "LRN",
                        List.of(
                                node("Unsqueeze", "u", "h", "axis"),
                                node("LRN", "y", "u").with("size", 3L))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsAreNumbers(Case of) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        weights.put("w", TrainableNetworks.random(1, 1, WIDTH, WIDTH));
        weights.put("two", Tensor.scalar(2));
        weights.put("half", Tensor.scalar(0.5f));
        weights.put("tiny", Tensor.scalar(1e-12f));
        weights.put("ones", Tensor.ofFloats(new float[] {1, 1, 1, 1}, WIDTH));
        weights.put("axis", Tensor.ofLongs(new long[] {2}, 1));
        weights.put("one", Tensor.ofLongs(new long[] {1}, 1));
        weights.put("nothing", Tensor.scalar(0));
        List<Node> nodes = new ArrayList<>();
        nodes.add(Node.of("MatMul", "layer", List.of("x", "w"), List.of("h")));
        nodes.add(Node.of("Mul", "zeros", List.of("x", "nothing"), List.of("x0")));
        nodes.addAll(of.nodes);
        Tensor x = TrainableNetworks.random(2, 1, 3, WIDTH);
        float[] values = x.floats();
        java.util.Arrays.fill(values, WIDTH, 2 * WIDTH, 0);
        Map<String, Tensor> inputs = Map.of("x", Tensor.ofFloats(values, 3, WIDTH));
        OnnxModel model = TrainableNetworks.model(x, weights, nodes);

        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1));
                Trainer trainer =
                        new Trainer(differentiable, new OptimizerSettings.Sgd(0, false, 0), new Loss(0, 1, 1), 1)) {
            float[] before = differentiable.forward(inputs).get("y").floats();
            float[] other = before.clone();
            for (int i = 0; i < other.length; i++) {
                other[i] = 0.5f * other[i] + 0.1f;
            }
            long[] dims = differentiable.forward(inputs).get("y").dims();
            double loss = trainer.step(inputs, null, Tensor.ofFloats(other, dims), 0.01)
                    .loss();

            assertThat(loss).isFinite();
            for (float weight :
                    differentiable.toModel().graph().initializer("w").floats()) {
                assertThat(weight).isFinite();
            }
        }
    }

    private static Node node(String op, String output, String... inputs) {
        return Node.of(op, output + "_" + op, List.of(inputs), List.of(output));
    }

    private static Node reduce(String op, String input, String output) {
        Node node = op.equals("ReduceSum") ? node(op, output, input, "one") : node(op, output, input);
        return op.equals("ReduceSum") ? node : node.with("axes", new long[] {1});
    }
}
