package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.random.RandomNetwork;
import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The oracle on networks nobody thought of. jqwik prints the seed of a failure and looks for a shorter network. */
class RandomNetworksTest {

    /** A single channel broadcast onto two behind a Sigmoid: found by the property below. */
    @Example
    void aBroadcastChannelIsNoneOfThoseItIsAddedTo() {
        Net net = new Net(17, 3);
        String trunk = net.conv(net.input("x", 2, 3, 6, 6), 3, 4, 3);
        String single = net.op("Slice", List.of(trunk, net.longs(0), net.longs(1), net.longs(1)));
        String two = net.op("Sigmoid", List.of(net.bn(net.conv(single, 1, 2, 1), 2)));
        net.output(net.conv(net.add(two, single), 2, 2, 3));

        Oracle.check(net.model(), 1);
    }

    // One seed, so that a build is as good as the next. RandomNetworksExploration draws new ones.
    @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, seed = "5419754514870928010")
    void prunedEqualsZeroed(@ForAll RandomNetwork network) {
        checkPrunedEqualsZeroed(network.model());
    }

    static void checkPrunedEqualsZeroed(OnnxModel model) {
        ChannelGroups groups = Oracle.checkTogether(model, 1);
        assertThat(groups.failures()).isEmpty();
        assertThat(groups.declined().values()).noneMatch(reason -> reason.contains("no known shape"));
    }
}
