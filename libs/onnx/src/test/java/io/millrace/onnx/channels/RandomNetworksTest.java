package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.OnnxModel;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
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

    /** A single channel broadcast onto two behind a Sigmoid: found by the property below. */
    @Example
    void aBroadcastChannelIsNoneOfThoseItIsAddedTo() {
        Oracle.check(
                RandomNetwork.of(new int[] {
                    0, 0, 0, 0, 0, 8, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3, 0, 0,
                    1, 0, 34
                }),
                1);
    }

    // One seed, so that a build is as good as the next; leave it out to explore, and keep what is found as an example.
    @Property(tries = 3000, seed = "5419754514870928010")
    void prunedEqualsZeroed(@ForAll("choices") int[] choices) {
        OnnxModel model = RandomNetwork.of(choices);
        ChannelGroups groups = Oracle.checkTogether(model, 1);
        assertThat(groups.declined().values()).noneMatch(reason -> reason.contains("no known shape"));
    }
}
