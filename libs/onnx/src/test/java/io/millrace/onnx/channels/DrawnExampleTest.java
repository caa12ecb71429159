package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The example that docs/algorithms/channel-algebra.md draws. */
class DrawnExampleTest {
    @Test
    void aResidualBlockWithAShuffleIsAsThePageSays() {
        // given
        Net net = new Net(17, 1);
        String a = net.conv(net.input("x", -1, 3, 6, 6), 3, 4, 1);
        String b = net.conv(a, 4, 4, 3);
        String turned = net.transpose(net.reshape(b, -1, 2, 2, 6, 6), 0, 2, 1, 3, 4);
        String sum = net.add(a, net.reshape(turned, -1, 4, 6, 6));
        net.output(net.conv(net.convGrouped(sum, 4, 6, 3, 2), 6, 2, 1));

        // when
        ChannelGroups groups = Oracle.check(net.model(), 1);

        // then
        ChannelGroup first = groups.groups().get(0);
        assertThat(groups.groups()).extracting(ChannelGroup::size).containsExactly(4, 6);
        assertThat(Arrays.deepToString(first.blocks())).isEqualTo("[[0, 1], [2, 3]]");
        assertThat(first.slots())
                .extracting(slot -> slot.tensor() + " " + slot.axis() + " " + Arrays.deepToString(slot.indices()))
                .containsExactlyInAnyOrder(
                        "w0 0 [[0], [1], [2], [3]]",
                        "w1 0 [[0], [1], [2], [3]]",
                        "w3 1 [[0], [1], [2], [3]]",
                        "w3 0 [[0], [2], [1], [3]]",
                        "w4 0 [[0], [2], [1], [3]]",
                        "w12 1 [[0], [1], [2], [3]]");
    }
}
