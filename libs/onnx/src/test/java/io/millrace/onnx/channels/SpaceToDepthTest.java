package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a channel's positions lie among the channels that it becomes, by the order that ONNX defines. */
class SpaceToDepthTest {

    @ParameterizedTest
    @CsvSource({"DCR, '1,5,9,13'", "CRD, '4,5,6,7'"})
    void channelsGoWhereTheModeSays(String mode, String expected) {
        Net net = new Net(28, 1);
        String made = net.conv(net.input("x", 1, 3, 4, 4), 3, 4, 1);
        String moved = net.op("SpaceToDepth", List.of(made), "blocksize", 2, "mode", mode);
        net.output(net.conv(moved, 16, 2, 1));

        ChannelGroup group = ChannelGroups.of(net.model()).groups().get(0);

        Slot reader = group.slots().stream()
                .filter(slot -> slot.role() == Slot.Role.INPUT)
                .findFirst()
                .orElseThrow();
        assertThat(reader.indices()[1])
                .containsExactly(java.util.Arrays.stream(expected.split(","))
                        .mapToInt(Integer::parseInt)
                        .toArray());
    }
}
