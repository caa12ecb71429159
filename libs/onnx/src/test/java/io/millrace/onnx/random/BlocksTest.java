package io.millrace.onnx.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OrtRun;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every block alone is a network that ONNX Runtime takes, at every opset that random networks are of. */
class BlocksTest {

    static Set<String> names() {
        return RandomNetwork.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void runs(String name) {
        for (int opset : new int[] {13, 17, 21, 24}) {
            for (int choice = 0; choice < 6; choice++) {
                OnnxModel model = RandomNetwork.ofBlock(name, opset, new Step(0, 0, choice, choice / 2, choice / 3));
                assertThat(OrtRun.run(model, OrtRun.randomInputs(model, 1, 2)).values())
                        .as("opset %d, choice %d", opset, choice)
                        .allSatisfy(values -> {
                            for (float value : values) {
                                assertThat(value).isFinite();
                            }
                        });
            }
        }
    }
}
