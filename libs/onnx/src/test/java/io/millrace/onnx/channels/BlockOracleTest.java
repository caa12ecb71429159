package io.millrace.onnx.channels;

import io.millrace.onnx.random.RandomNetwork;
import io.millrace.onnx.random.Step;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The oracle on each block of the random networks alone, between two convolutions. */
class BlockOracleTest {

    static Set<String> names() {
        return RandomNetwork.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void prunedEqualsZeroed(String name) {
        for (int opset : new int[] {13, 17, 21, 24}) {
            for (int choice = 0; choice < 8; choice++) {
                Step step = new Step(0, 0, choice, choice / 2, choice / 3);
                RandomNetworksTest.checkPrunedEqualsZeroed(RandomNetwork.ofBlock(name, opset, step));
            }
        }
    }
}
