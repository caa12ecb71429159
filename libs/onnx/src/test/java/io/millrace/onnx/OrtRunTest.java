package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The oracle of the other tests takes no rounding for a fault, and no fault for rounding. */
class OrtRunTest {
    private static ModelText start() {
        return ModelText.opset(17).input("x", 4, 64).tensor("one", Tensor.ofFloats(new float[] {1}, 1));
    }

    @Test
    void aFaultIsFound() {
        OnnxModel wanted = start().node("y = Mul(x, one)").output("y").build();
        OnnxModel given = start().tensor("off", Tensor.ofFloats(new float[] {1.0001f}, 1))
                .node("y = Mul(x, off)")
                .output("y")
                .build();

        assertThat(OrtRun.flaw(wanted, given, OrtRun.randomInputs(wanted, 1, 1), 1e-5))
                .isPresent();
    }

    @Test
    void whatTheNetworkItselfRoundsIsNone() {
        OnnxModel wanted = start().tensor("far", Tensor.ofFloats(new float[] {1000}, 1))
                .node("a = Add(x, far)")
                .node("y = Sub(a, far)")
                .output("y")
                .build();
        OnnxModel given = start().node("y = Mul(x, one)").output("y").build();
        Map<String, Tensor> inputs = OrtRun.randomInputs(wanted, 1, 1);

        assertThat(OrtRun.difference(OrtRun.run(wanted, inputs), OrtRun.run(given, inputs)))
                .isGreaterThan(1e-5);
        assertThat(OrtRun.flaw(wanted, given, inputs, 1e-5)).isEmpty();
    }
}
