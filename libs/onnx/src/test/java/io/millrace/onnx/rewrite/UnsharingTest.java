package io.millrace.onnx.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OrtRun;
import io.millrace.onnx.Provenance;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.ChannelGroups;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnsharingTest {

    @Test
    void layersOfOneBiasAreCutEachByItself() {
        // given
        Net net = new Net(17, 1);
        String bias = net.weight(8);
        String first = conv(net, net.input("x", 2, 3, 6, 6), net.weight(8, 3, 3, 3), bias);
        String second = conv(net, net.relu(first), net.weight(8, 8, 3, 3), bias);
        net.output(net.conv(net.relu(second), 8, 2, 3));
        OnnxModel model = net.model();
        assertThat(ChannelGroups.of(model).groups())
                .extracting(ChannelGroup::size)
                .containsExactly(8);

        // when
        OnnxModel unshared = model.copy();
        int copies = Unsharing.unshare(unshared);

        // then
        assertThat(copies).isEqualTo(1);
        assertThat(ChannelGroups.of(unshared).groups())
                .extracting(ChannelGroup::size)
                .containsExactly(8, 8);
        var inputs = OrtRun.randomInputs(model, 2, 2);
        assertThat(OrtRun.run(unshared, inputs)).usingRecursiveComparison().isEqualTo(OrtRun.run(model, inputs));
        assertThat(Provenance.of(unshared.graph().producer(second)))
                .extracting(Provenance.Step::name)
                .containsExactly("unshare");
        assertThat(Unsharing.unshare(unshared)).isZero();
    }

    @Test
    void towersOfOneWeightStayAlike() {
        Net net = new Net(17, 1);
        String weight = net.weight(8, 3, 3, 3);
        String bias = net.weight(8);
        String scale = net.positive(8);
        String left = norm(net, conv(net, net.input("x", 2, 3, 6, 6), weight, bias), scale);
        String right = norm(net, conv(net, net.input("y", 2, 3, 6, 6), weight, bias), scale);
        net.output(net.conv(net.add(left, right), 8, 2, 3));

        assertThat(Unsharing.unshare(net.model())).isZero();
    }

    @Test
    void scalesOfNormalizationsBelongToTheLayersBeforeThem() {
        Net net = new Net(17, 1);
        String scale = net.positive(8);
        String left = norm(net, net.conv(net.input("x", 2, 3, 6, 6), 3, 8, 3), scale);
        String right = norm(net, net.conv(net.relu(left), 8, 8, 3), scale);
        net.output(net.conv(net.relu(right), 8, 2, 3));
        OnnxModel model = net.model();

        // One tensor is scale, bias, mean and variance of both; those of one layer stay one.
        assertThat(Unsharing.unshare(model)).isEqualTo(1);
        assertThat(ChannelGroups.of(model).groups()).hasSize(2);
    }

    private static String conv(Net net, String x, String weight, String bias) {
        return net.op("Conv", List.of(x, weight, bias), "pads", new long[] {1, 1, 1, 1});
    }

    private static String norm(Net net, String x, String scale) {
        return net.op("BatchNormalization", List.of(x, scale, scale, scale, scale));
    }
}
