package io.millrace.onnx.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.Net;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OrtRun;
import io.millrace.onnx.Patch;
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
    void deadCodeGoes() {
        OnnxModel changed = model.copy();
        Patch.of(changed.graph(), "less")
                .outputs(List.of(changed.graph().outputs().get(1)))
                .apply();
        DeadCode.remove(changed.graph());
        assertThat(changed.graph().nodes()).hasSize(2);
        assertThat(changed.graph().initializers()).hasSize(2);
        Map<String, float[]> kept = new HashMap<>(expected);
        kept.keySet().retainAll(List.of(stem));
        assertThat(OrtRun.difference(kept, OrtRun.run(changed, inputs))).isZero();
    }
}
