package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.OnnxModel;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The oracle on networks nobody thought of. jqwik prints the seed of a failure and looks for a shorter network. */
class RandomNetworksTest {

    @Provide
    Arbitrary<int[]> choices() {
        return Arbitraries.integers()
                .between(0, 59)
                .array(int[].class)
                .ofMinSize(4)
                .ofMaxSize(40);
    }

    @Property(tries = 2000)
    void prunedEqualsZeroed(@ForAll("choices") int[] choices) {
        OnnxModel model = RandomNetwork.of(choices);
        ChannelGroups groups = Oracle.checkTogether(model, 1);
        assertThat(groups.declined().values()).noneMatch(reason -> reason.contains("no known shape"));
    }
}
