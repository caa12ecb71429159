package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OrtRun;
import io.millrace.onnx.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a cut has to rewrite around it, in forms that are easily forgotten. */
class CutRewritesTest {
    private static OnnxModel withHead(Net net, String value, int channels) {
        net.output(net.conv(value, channels, 3, 3));
        return net.model();
    }

    @Test
    void aShuffleAlongSpaceIsCutAlongItsChannels() {
        // given
        Net net = new Net(17, 1);
        String x = net.conv(net.input("x", -1, 3, 8, 8), 3, 8, 3);
        String split = net.reshape(x, -1, 8, 2, 4, 8);
        String shuffled = net.reshape(net.transpose(split, 0, 1, 3, 2, 4), -1, 8, 8, 8);
        OnnxModel model = withHead(net, shuffled, 8);

        // when
        ChannelGroups groups = Oracle.check(model, 1);

        // then
        assertThat(groups.groups()).singleElement().returns(8, ChannelGroup::size);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sizesOfAResizeAreCutWhereItsAxesNameTheChannels(boolean computed) {
        // given
        Net net = new Net(18, 2);
        String x = net.conv(net.input("x", 2, 3, 4, 4), 3, 8, 3);
        String sizes = net.longs(8, 6, 6);
        String given = computed ? net.op("Identity", List.of(sizes)) : sizes;
        String resized = net.op("Resize", List.of(x, "", "", given), "axes", new long[] {1, 2, 3});
        OnnxModel model = withHead(net, resized, 8);

        // when
        ChannelGroups groups = Oracle.check(model, 2);

        // then
        assertThat(groups.groups()).singleElement().returns(8, ChannelGroup::size);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 13, 17})
    void aSqueezeWithoutAxesDropsNoChannelAxisOfWhichOneChannelIsLeft(long opset) {
        // given
        Net net = new Net(opset, 3);
        String x = net.conv(net.input("x", 2, 3, 5, 5), 3, 4, 3);
        String squeezed = net.op("Squeeze", List.of(net.op("GlobalAveragePool", List.of(x))));
        net.output(net.linear(squeezed, 4, 3));
        OnnxModel model = net.model();
        ChannelGroups groups = ChannelGroups.of(model);
        Map<ChannelGroup, int[]> removed = Map.of(groups.groups().get(0), new int[] {0, 1, 3});

        // when
        Map<String, Tensor> inputs = OrtRun.randomInputs(model, 3, 1);
        Map<String, float[]> cut = OrtRun.run(ChannelCut.cut(model, removed), inputs);

        // then
        assertThat(OrtRun.difference(OrtRun.run(ChannelCut.zero(model, removed), inputs), cut))
                .isLessThanOrEqualTo(1e-5);
    }

    @Test
    void atomsOfUnequalAxesAreNotUnitedInPart() {
        Atoms atoms = new Atoms();

        assertThatThrownBy(() -> atoms.unite(atoms.fresh(3), atoms.fresh(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 and 4");
    }

    @Test
    void aProductWithAVectorIsFollowedLikeARow() {
        // given
        Net net = new Net(17, 4);
        String x = net.relu(net.conv(net.input("x", 1, 2, 4, 4), 2, 8, 3));
        String flat = net.reshape(x, -1);
        String hidden = net.relu(net.add(net.op("MatMul", List.of(flat, net.weight(128, 16))), net.weight(16)));
        net.output(net.op("MatMul", List.of(hidden, net.weight(16, 5))));
        OnnxModel model = net.model();

        // when
        ChannelGroups groups = Oracle.check(model, 4);

        // then
        assertThat(groups.groups()).extracting(ChannelGroup::size).containsExactly(8, 16);
        assertThat(groups.declined().values()).noneMatch(reason -> reason.contains("vector"));
    }

    @Test
    void aProductOfAVectorOnTheRightIsFollowedLikeAColumn() {
        // given
        Net net = new Net(17, 5);
        String x = net.relu(net.op("MatMul", List.of(net.input("x", -1, 6), net.weight(6, 8))));
        net.output(net.op("MatMul", List.of(x, net.weight(8))));

        // when
        ChannelGroups groups = Oracle.check(net.model(), 5);

        // then
        assertThat(groups.groups()).singleElement().returns(8, ChannelGroup::size);
    }

    @Test
    void headsAndSizesOfAttentionWrittenAsEinsumGo() {
        // given
        Net net = new Net(17, 6);
        String x = net.input("x", -1, 6, 12);
        List<String> parts = IntStream.range(0, 3)
                .mapToObj(i -> net.op("Einsum", List.of(x, net.weight(12, 4, 8)), "equation", "btd,dhe->bhte"))
                .toList();
        String scores = net.op("Einsum", List.of(parts.get(0), parts.get(1)), "equation", "bhte,bhse->bhts");
        String mixed = net.op(
                "Einsum",
                List.of(net.op("Softmax", List.of(scores), "axis", -1), parts.get(2)),
                "equation",
                "bhts,bhse->bthe");
        net.output(net.op("Einsum", List.of(mixed, net.weight(4, 8, 12)), "equation", "...he,hed->...d"));

        // when
        ChannelGroups groups = Oracle.check(net.model(), 6);

        // then
        assertThat(groups.groups()).extracting(ChannelGroup::size).containsExactly(4, 8, 8);
    }

    @Test
    void anEquationThatReadsADiagonalIsNotUnderstood() {
        // given
        Net net = new Net(17, 7);
        String x = net.op("MatMul", List.of(net.input("x", -1, 4, 6), net.weight(6, 4)));
        net.output(net.op("Einsum", List.of(x, net.weight(4, 3)), "equation", "bii,ij->bj"));

        // when
        ChannelGroups groups = Oracle.check(net.model(), 7);

        // then
        assertThat(groups.groups()).isEmpty();
        assertThat(groups.declined().values()).anyMatch(reason -> reason.contains("Einsum"));
    }

    @Test
    void theNumberOfGroupsOfAWeightThatTwoLayersReadIsTheSame() {
        // given
        Net net = new Net(17, 8);
        String x = net.conv(net.input("x", -1, 3, 6, 6), 3, 8, 3);
        String shared = net.weight(8, 4, 1, 1);
        String first = net.op("Conv", List.of(x, shared), "group", 2);
        String second = net.op("Conv", List.of(first, shared), "group", 2);
        OnnxModel model = withHead(net, second, 8);

        // when
        ChannelGroups groups = Oracle.check(model, 8);

        // then
        assertThat(groups.declined().values()).noneMatch(reason -> reason.contains("is not followed ("));
    }

    @ParameterizedTest
    @ValueSource(longs = {2, -1, 1})
    void runningSumsMixTheirOwnAxisOnly(long axis) {
        // given
        Net net = new Net(17, 9);
        String x = net.conv(net.input("x", -1, 3, 6, 6), 3, 8, 3);
        OnnxModel model = withHead(net, net.op("CumSum", List.of(x, net.index(axis))), 8);

        // when
        ChannelGroups groups = Oracle.check(model, 9);

        // then
        assertThat(groups.groups()).hasSize(axis == 1 ? 0 : 1);
    }

    @Test
    void weightsFilledWithOneNumberAreSwitchedOffToo() {
        // given
        Net net = new Net(17, 10);
        String x = net.input("x", 2, 3, 5, 5);
        String weight = net.op("Expand", List.of(net.scalar(0.3f), net.longs(6, 3, 3, 3)));
        String scale = net.op("Expand", List.of(net.scalar(0.7f), net.longs(6)));
        String y = net.op("Conv", List.of(x, weight, scale));
        String mean = net.op("Expand", List.of(net.scalar(0.1f), net.longs(6)));
        String normal = net.op("BatchNormalization", List.of(y, scale, mean, mean, scale));
        OnnxModel model = withHead(net, net.op("Sigmoid", List.of(normal)), 6);

        // when
        ChannelGroups groups = Oracle.check(model, 10);

        // then
        assertThat(groups.groups()).singleElement().returns(6, ChannelGroup::size);
    }

    @ParameterizedTest
    @CsvSource({"LSTM, 4", "GRU, 3", "RNN, 1"})
    void featuresThatARecurrentLayerReadsGo(String operator, int gates) {
        // given
        Net net = new Net(17, 12);
        String x = net.relu(net.conv(net.input("x", 2, 1, 6, 6), 1, 8, 3));
        String steps = net.transpose(net.op("ReduceMax", List.of(x), "axes", new long[] {2}, "keepdims", 0), 2, 0, 1);
        String state = net.ops(
                        operator,
                        2,
                        List.of(steps, net.weight(1, gates * 5, 8), net.weight(1, gates * 5, 5)),
                        "hidden_size",
                        5)
                .get(1);
        net.output(net.linear(net.op("Squeeze", List.of(state, net.longs(0))), 5, 3));

        // when
        ChannelGroups groups = Oracle.check(net.model(), 12);

        // then
        assertThat(groups.groups()).singleElement().returns(8, ChannelGroup::size);
        assertThat(groups.declined().values()).anyMatch(reason -> reason.contains("is a gate of " + operator));
    }
}
