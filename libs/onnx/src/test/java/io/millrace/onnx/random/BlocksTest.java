package io.millrace.onnx.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OrtRun;
import io.millrace.onnx.nodetests.NodeTest;
import io.millrace.onnx.operator.Operators;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every block alone is a network that ONNX Runtime takes, at every opset that random networks are of. */
class BlocksTest {

    static Set<String> names() {
        return RandomNetwork.names();
    }

    /** Operators that no opset of the random networks has any more. */
    private static final Set<String> OF_OLD = Set.of("Upsample");

    @Test
    void everyOperatorWhoseChannelsAreFollowedIsInABlock() {
        Set<String> drawn = new TreeSet<>();
        for (String name : names()) {
            for (int opset : new int[] {13, 24}) {
                for (int choice = 0; choice < 12; choice++) {
                    RandomNetwork.ofBlock(name, opset, new Step(0, 0, choice, choice / 2, choice / 3))
                            .graph()
                            .nodes()
                            .forEach(node -> drawn.add(node.op()));
                }
            }
        }
        Set<String> followed = new TreeSet<>();
        for (NodeTest test : NodeTest.all()) {
            test.model().getGraph().getNodeList().stream()
                    .map(Node::of)
                    .filter(node ->
                            node.domain().isEmpty() && Operators.of(node).isFollowed())
                    .forEach(node -> followed.add(node.op()));
        }
        followed.removeAll(OF_OLD);
        assertThat(drawn).containsAll(followed);
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
