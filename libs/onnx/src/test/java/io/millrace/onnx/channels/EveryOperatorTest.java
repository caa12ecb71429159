package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.nodetests.Binding;
import io.millrace.onnx.nodetests.NodeTest;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** No channel rule fails on the official node tests, in every form that they give an operator. */
class EveryOperatorTest {

    @Test
    void noRuleFails() {
        Map<String, Object> failed = new TreeMap<>();
        int followed = 0;
        for (NodeTest test : NodeTest.all()) {
            for (boolean stored : new boolean[] {false, true}) {
                OnnxModel model;
                try {
                    // Stored tensors have atoms along every axis, inputs have none.
                    model = stored ? Binding.of(test, tensor -> true) : Binding.ofIntegers(test);
                } catch (RuntimeException e) {
                    continue;
                }
                ChannelGroups groups = ChannelGroups.of(model);
                if (!groups.failures().isEmpty()) {
                    failed.put(test.name() + (stored ? " stored" : ""), groups.failures());
                }
                followed++;
            }
        }
        assertThat(failed).isEmpty();
        assertThat(followed).isGreaterThan(3000);
    }
}
