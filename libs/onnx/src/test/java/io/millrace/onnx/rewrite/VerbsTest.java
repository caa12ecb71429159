package io.millrace.onnx.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Net;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OrtRun;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Shapes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each verb on a residual network: the graph stays valid, and computes what it should. */
class VerbsTest {
    private OnnxModel model;
    private Map<String, Tensor> inputs;
    private Map<String, float[]> expected;
    private String stem;
    private String inner;

    @BeforeEach
    void residualNetwork() {
        Net net = new Net(17, 11);
        String x = net.input("x", -1, 3, 8, 8);
        stem = net.relu(net.conv(x, 3, 4, 3));
        inner = net.conv(stem, 4, 4, 3);
        String sum = net.relu(net.add(inner, stem));
        String shape = net.op(
                "Concat",
                List.of(net.op("Gather", List.of(net.op("Shape", List.of(sum)), net.longs(0))), net.longs(256)),
                "axis",
                0);
        net.output(net.linear(net.op("Reshape", List.of(sum, shape)), 256, 5));
        net.output(stem);
        model = net.model();
        inputs = OrtRun.randomInputs(model, 2, 3);
        expected = OrtRun.run(model, inputs);
    }

    private Tensor value(Map<String, float[]> values, String name) {
        return Tensor.ofFloats(
                values.get(name), Shapes.infer(model).of(name).orElseThrow().sized(3));
    }

    @Test
    void tapsShowInnerValues() {
        Map<String, float[]> values = OrtRun.run(Taps.expose(model, List.of(inner, stem)), inputs);
        assertThat(values).containsKey(inner).hasSize(3);
        assertThatIllegalArgumentException().isThrownBy(() -> Taps.expose(model, List.of("nothing")));
    }

    @Test
    void suffixComputesWhatDependsOnTheNode() {
        Node conv = model.graph().producer(inner);
        Suffix suffix = Suffix.behind(model, conv);
        assertThat(suffix.inputs()).containsExactly(stem);
        assertThat(suffix.model().graph().nodes().get(0)).isSameAs(conv);
        Map<String, float[]> made = OrtRun.run(suffix.model(), Map.of(stem, value(expected, stem)));
        assertThat(made).hasSize(1);
        made.forEach((name, values) -> assertThat(values).containsExactly(expected.get(name), within(1e-5f)));
    }

    @Test
    void subModelBetweenInnerValues() {
        OnnxModel part = SubModel.between(model, List.of(stem), List.of(inner));
        assertThat(part.graph().nodes()).hasSize(1);
        assertThat(part.graph().initializers()).hasSize(2);
        float[] made = OrtRun.run(part, Map.of(stem, value(expected, stem))).get(inner);
        float[] tapped = OrtRun.run(Taps.expose(model, List.of(inner)), inputs).get(inner);
        assertThat(made).containsExactly(tapped, within(1e-5f));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SubModel.between(model, List.of(inner), List.of(stem)))
                .withMessageContaining("'x'");
    }

    @Test
    void chainTakesThePlaceOfALayer() {
        OnnxModel changed = model.copy();
        Graph graph = changed.graph();
        Node conv = graph.producer(inner);
        float[] identity = new float[16];
        for (int i = 0; i < 4; i++) {
            identity[i * 5] = 1;
        }
        Node first = Node.of("Conv", conv.name(), List.of(stem, "w1"), List.of(stem));
        Node second = conv.withInputs(List.of(stem, "w2", conv.input(2)));
        List<Node> placed = ConvChain.replace(
                graph,
                conv,
                List.of(first.withOutputs(List.of("between")), second.withInput(0, "between")),
                Map.of("w1", Tensor.ofFloats(identity, 4, 4, 1, 1), "w2", graph.initializer(conv.input(1))));
        assertThat(placed).hasSize(2);
        assertThat(placed.get(1).output(0)).isEqualTo(inner);
        assertThat(graph.initializer(conv.input(1)) == null || conv.input(1).equals("w2"))
                .isTrue();
        assertThat(OrtRun.difference(expected, OrtRun.run(changed, inputs))).isLessThan(1e-5);
    }

    @Test
    void quantizersRoundWhatTheyStandBefore() {
        OnnxModel changed = model.copy();
        Graph graph = changed.graph();
        Node conv = graph.producer(inner);
        String weight = conv.input(1);
        float[] values = graph.initializer(weight).floats();
        float[] scales = {0.02f, 0.02f, 0.02f, 0.02f};
        long[] rounded = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = Math.max(-127, Math.min(127, Math.round(values[i] / 0.02)));
        }
        QdqInsertion.activation(
                graph,
                stem,
                List.of(conv),
                Tensor.scalar(0.02f),
                Tensor.ofLongs(new long[] {0}).as(ElementType.UINT8));
        QdqInsertion.weight(
                graph,
                weight,
                List.of(),
                Tensor.ofLongs(rounded, 4, 4, 3, 3).as(ElementType.INT8),
                Tensor.ofFloats(scales, 4),
                Tensor.ofLongs(new long[4], 4).as(ElementType.INT8),
                0);
        assertThat(graph.initializers()).doesNotContainKey(weight);
        double difference = OrtRun.difference(expected, OrtRun.run(changed, inputs));
        assertThat(difference).isBetween(1e-6, 0.1);
    }

    @Test
    void deadCodeGoes() {
        OnnxModel changed = model.copy();
        changed.graph().setOutputs(List.of(changed.graph().outputs().get(1)));
        DeadCode.remove(changed.graph());
        assertThat(changed.graph().nodes()).hasSize(2);
        assertThat(changed.graph().initializers()).hasSize(2);
        Map<String, float[]> kept = new HashMap<>(expected);
        kept.keySet().retainAll(List.of(stem));
        assertThat(OrtRun.difference(kept, OrtRun.run(changed, inputs))).isZero();
    }
}
