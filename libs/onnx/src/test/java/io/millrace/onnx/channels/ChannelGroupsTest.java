package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every structure that real networks have: how it groups, and that a cut is exact. */
class ChannelGroupsTest {
    private final Net net = new Net(17, 42);
    private final String x = net.input("x", -1, 3, 8, 8);

    private ChannelGroups proven() {
        return Oracle.check(net.model(), 7);
    }

    private static int[] sizes(ChannelGroups groups) {
        return groups.groups().stream().mapToInt(ChannelGroup::size).toArray();
    }

    private void classify(String value, int channels) {
        String pooled = net.op("GlobalAveragePool", List.of(value));
        net.output(net.linear(net.op("Flatten", List.of(pooled)), channels, 5));
    }

    @Test
    void plainConvolutionsAreCutOneByOne() {
        String a = net.relu(net.bn(net.conv(x, 3, 8, 3), 8));
        String b = net.relu(net.bn(net.conv(a, 8, 12, 3), 12));
        classify(b, 12);
        ChannelGroups groups = proven();
        assertThat(sizes(groups)).containsExactly(8, 12);
        assertThat(groups.declined()).hasSize(2);
        assertThat(groups.declined().values())
                .anyMatch(r -> r.contains("the network's input 'x'"))
                .anyMatch(r -> r.contains("is the network's output"));
    }

    @Test
    void residualBranchesGoTogether() {
        String stem = net.relu(net.bn(net.conv(x, 3, 8, 3), 8));
        String y = net.relu(net.add(net.bn(net.conv(net.relu(net.conv(stem, 8, 6, 3)), 6, 8, 3), 8), stem));
        String shortcut = net.bn(net.conv(y, 8, 10, 1, "strides", new long[] {2, 2}), 10);
        String z = net.relu(
                net.add(net.conv(net.relu(net.conv(y, 8, 4, 3, "strides", new long[] {2, 2})), 4, 10, 3), shortcut));
        classify(z, 10);
        assertThat(sizes(proven())).containsExactly(8, 6, 10, 4);
    }

    @Test
    void threeBranchesAndPreActivation() {
        String stem = net.conv(x, 3, 8, 3);
        String pre = net.conv(net.relu(net.bn(stem, 8)), 8, 8, 3);
        String sum = net.op("Sum", List.of(stem, pre, net.conv(stem, 8, 8, 1)));
        classify(net.relu(net.bn(sum, 8)), 8);
        assertThat(sizes(proven())).containsExactly(8);
    }

    @Test
    void concatenatedBranchesStayIndependent() {
        String stem = net.relu(net.conv(x, 3, 6, 3));
        String grown = net.op("Concat", List.of(stem, net.relu(net.conv(stem, 6, 4, 3))), "axis", 1);
        String more = net.op("Concat", List.of(grown, net.relu(net.conv(net.bn(grown, 10), 10, 4, 3))), "axis", 1);
        classify(net.bn(more, 14), 14);
        assertThat(sizes(proven())).containsExactly(6, 4, 4);
    }

    @Test
    void splitHalvesAreCutOnTheirOwn() {
        String stem = net.relu(net.conv(x, 3, 12, 3));
        List<String> halves = net.ops("Split", 2, List.of(stem), "axis", 1);
        String b = net.add(halves.get(1), net.conv(halves.get(1), 6, 6, 3));
        classify(net.op("Concat", List.of(halves.get(0), halves.get(1), b), "axis", 1), 18);
        assertThat(sizes(proven())).containsExactly(6, 6);
    }

    @Test
    void sliceAsChunk() {
        String stem = net.relu(net.conv(x, 3, 12, 3));
        String first = net.op("Slice", List.of(stem, net.longs(0), net.longs(5), net.longs(1)));
        String second = net.op("Slice", List.of(stem, net.longs(5), net.longs(Long.MAX_VALUE), net.longs(-3)));
        classify(net.op("Concat", List.of(net.conv(first, 5, 4, 1), second), "axis", 1), 11);
        assertThat(sizes(proven())).containsExactlyInAnyOrder(5, 7, 4);
    }

    @Test
    void channelShuffleByReshapeTiesNothing() {
        String stem = net.relu(net.conv(x, 3, 12, 3));
        String shuffled = net.reshape(net.transpose(net.reshape(stem, -1, 3, 4, 8, 8), 0, 2, 1, 3, 4), -1, 12, 8, 8);
        classify(net.relu(net.conv(shuffled, 12, 4, 3)), 4);
        assertThat(sizes(proven())).containsExactly(12, 4);
    }

    @Test
    void channelShuffleByGather() {
        String stem = net.relu(net.conv(x, 3, 6, 3));
        String shuffled = net.op("Gather", List.of(stem, net.longs(0, 3, -5, 4, 2, 5)), "axis", 1);
        classify(net.relu(net.conv(shuffled, 6, 4, 3)), 4);
        assertThat(sizes(proven())).containsExactly(6, 4);
    }

    @Test
    void shuffleNetUnits() {
        String y = net.relu(net.conv(x, 3, 8, 3));
        for (int i = 0; i < 3; i++) {
            List<String> halves = net.ops("Split", 2, List.of(y), "axis", 1);
            String b = net.relu(net.bn(net.conv(halves.get(1), 4, 4, 1), 4));
            b = net.bn(net.convGrouped(b, 4, 4, 3, 4), 4);
            b = net.relu(net.conv(b, 4, 4, 1));
            y = net.op("Concat", List.of(halves.get(0), b), "axis", 1);
            y = net.reshape(net.transpose(net.reshape(y, -1, 2, 4, 8, 8), 0, 2, 1, 3, 4), -1, 8, 8, 8);
        }
        classify(y, 8);
        ChannelGroups groups = proven();
        assertThat(groups.groups()).hasSizeGreaterThan(3);
    }

    @Test
    void depthwiseConvolutionsFollowTheirInput() {
        String stem = net.op("Clip", List.of(net.conv(x, 3, 8, 1), net.scalar(0), net.scalar(6)));
        String deep = net.op("HardSwish", List.of(net.bn(net.convGrouped(stem, 8, 8, 3, 8), 8)));
        String twice = net.relu(net.convGrouped(deep, 8, 16, 3, 8));
        classify(net.conv(twice, 16, 6, 1), 6);
        assertThat(sizes(proven())).containsExactly(8, 6);
    }

    @Test
    void groupedConvolutionsLoseEquallyManyPerGroup() {
        String stem = net.relu(net.conv(x, 3, 12, 1));
        String grouped = net.relu(net.bn(net.convGrouped(stem, 12, 8, 3, 4), 8));
        classify(net.conv(grouped, 8, 6, 1), 6);
        ChannelGroups groups = proven();
        assertThat(sizes(groups)).containsExactly(12, 8, 6);
        assertThat(groups.groups().get(0).blocks()).hasDimensions(4, 3);
        assertThat(groups.groups().get(1).blocks()).hasDimensions(4, 2);
    }

    @Test
    void groupedAfterShuffle() {
        String stem = net.relu(net.convGrouped(net.conv(x, 3, 12, 1), 12, 12, 1, 3));
        String shuffled = net.reshape(net.transpose(net.reshape(stem, -1, 3, 4, 8, 8), 0, 2, 1, 3, 4), -1, 12, 8, 8);
        String deep = net.convGrouped(shuffled, 12, 12, 3, 12);
        classify(net.convGrouped(deep, 12, 12, 1, 3), 12);
        proven();
    }

    @Test
    void squeezeAndExcitation() {
        String stem = net.relu(net.conv(x, 3, 8, 3));
        String squeezed = net.op("GlobalAveragePool", List.of(stem));
        String gate = net.op("Sigmoid", List.of(net.conv(net.relu(net.conv(squeezed, 8, 4, 1)), 4, 8, 1)));
        classify(net.conv(net.op("Mul", List.of(stem, gate)), 8, 6, 3), 6);
        assertThat(sizes(proven())).containsExactly(8, 4, 6);
    }

    @Test
    void squeezeAndExcitationByGemmWithDecomposedHardSigmoid() {
        String stem = net.relu(net.conv(x, 3, 8, 3));
        String squeezed = net.op("ReduceMean", List.of(stem), "axes", new long[] {2, 3}, "keepdims", 0);
        String hidden = net.relu(net.linear(squeezed, 8, 4));
        String gate = net.add(net.linear(hidden, 4, 8), net.scalar(3));
        gate = net.op("Div", List.of(net.op("Clip", List.of(gate, net.scalar(0), net.scalar(6))), net.scalar(6)));
        gate = net.reshape(gate, -1, 8, 1, 1);
        classify(net.conv(net.op("Mul", List.of(gate, stem)), 8, 6, 3), 6);
        assertThat(sizes(proven())).containsExactly(8, 4, 6);
    }

    @Test
    void activationsThatDoNotKeepZero() {
        String stem = net.op("Sigmoid", List.of(net.conv(x, 3, 8, 3)));
        String next = net.op("Exp", List.of(net.conv(stem, 8, 6, 3)));
        String grouped = net.op("HardSigmoid", List.of(net.convGrouped(net.conv(next, 6, 8, 1), 8, 8, 3, 2)));
        String last = net.convGrouped(grouped, 8, 4, 3, 2);
        classify(net.op("PRelu", List.of(net.op("Softplus", List.of(last)), net.weight(4, 1, 1))), 4);
        assertThat(sizes(proven())).containsExactly(8, 6, 8, 8, 4);
    }

    @Test
    void normalisationGroupsGoAsAWhole() {
        String stem = net.conv(x, 3, 8, 3);
        String flat = net.reshape(stem, 0, 4, -1);
        String normal = net.op("InstanceNormalization", List.of(flat, net.positive(4), net.weight(4)));
        String back = net.reshape(normal, 0, 8, 8, 8);
        String scaled = net.add(net.op("Mul", List.of(back, net.weight(8, 1, 1))), net.weight(8, 1, 1));
        classify(net.op("PRelu", List.of(scaled, net.weight(8, 1, 1))), 8);
        assertThat(sizes(proven())).containsExactly(4);
    }

    @Test
    void groupNormalizationOperator() {
        Net later = new Net(21, 3);
        String stem = later.conv(later.input("x", 1, 3, 6, 6), 3, 12, 3);
        String normal =
                later.op("GroupNormalization", List.of(stem, later.positive(12), later.weight(12)), "num_groups", 4);
        later.output(later.conv(later.relu(normal), 12, 3, 1));
        assertThat(sizes(Oracle.check(later.model(), 1))).containsExactly(4);
    }

    @Test
    void instanceNormalization() {
        String stem = net.op("InstanceNormalization", List.of(net.conv(x, 3, 8, 3), net.positive(8), net.weight(8)));
        classify(net.relu(stem), 8);
        assertThat(sizes(proven())).containsExactly(8);
    }

    @Test
    void layerNormalizationFreezesUnlessAskedFor() {
        String tokens = net.transpose(net.reshape(net.conv(x, 3, 8, 3), -1, 8, 64), 0, 2, 1);
        String normal = net.op("LayerNormalization", List.of(tokens, net.positive(8), net.weight(8)));
        String hidden =
                net.op("Relu", List.of(net.add(net.op("MatMul", List.of(normal, net.weight(8, 6))), net.weight(6))));
        net.output(net.op("MatMul", List.of(hidden, net.weight(6, 4))));
        OnnxModel model = net.model();
        ChannelGroups groups = Oracle.check(model, 1);
        assertThat(sizes(groups)).containsExactly(6);
        assertThat(groups.declined().values()).anyMatch(r -> r.contains("whose statistics would change"));
        assertThat(sizes(ChannelGroups.of(model, true))).containsExactly(8, 6);
    }

    @Test
    void flattenInChannelsLastOrder() {
        String stem = net.relu(net.conv(x, 3, 6, 3, "strides", new long[] {2, 2}));
        String flat = net.reshape(net.transpose(stem, 0, 2, 3, 1), -1, 4 * 4 * 6);
        net.output(net.linear(net.relu(net.linear(flat, 96, 10)), 10, 3));
        assertThat(sizes(proven())).containsExactly(6, 10);
    }

    @Test
    void flattenInChannelsFirstOrder() {
        String stem = net.op(
                "MaxPool",
                List.of(net.relu(net.conv(x, 3, 6, 3))),
                "kernel_shape",
                new long[] {2, 2},
                "strides",
                new long[] {2, 2});
        net.output(net.linear(net.op("Flatten", List.of(stem)), 96, 10));
        assertThat(sizes(proven())).containsExactly(6);
    }

    @Test
    void pixelShuffle() {
        String stem = net.relu(net.conv(x, 3, 16, 3));
        String up = net.op("DepthToSpace", List.of(stem), "blocksize", 2, "mode", "CRD");
        String down = net.op("SpaceToDepth", List.of(net.conv(up, 4, 4, 3)), "blocksize", 2);
        String again = net.op("DepthToSpace", List.of(net.relu(net.conv(down, 16, 12, 1))), "blocksize", 2);
        net.output(net.conv(again, 3, 2, 1));
        assertThat(sizes(proven())).containsExactly(4, 4, 3);
    }

    @Test
    void pixelShuffleByReshape() {
        String stem = net.relu(net.conv(x, 3, 16, 3));
        String split = net.reshape(stem, -1, 4, 2, 2, 8, 8);
        String up = net.reshape(net.transpose(split, 0, 1, 4, 2, 5, 3), -1, 4, 16, 16);
        net.output(net.conv(net.relu(up), 4, 2, 3));
        assertThat(sizes(proven())).containsExactly(4);
    }

    @Test
    void transposedConvolutions() {
        String stem = net.relu(net.conv(x, 3, 8, 3));
        String up = net.op(
                "ConvTranspose", List.of(stem, net.weight(8, 6, 2, 2), net.weight(6)), "strides", new long[] {2, 2});
        String deep = net.op(
                "ConvTranspose", List.of(net.relu(net.bn(up, 6)), net.weight(6, 2, 2, 2), net.weight(12)), "group", 6);
        net.output(net.conv(net.relu(deep), 12, 2, 1));
        assertThat(sizes(proven())).containsExactly(8, 6);
    }

    @Test
    void fusedAttentionLosesHeads() {
        String tokens = net.input("tokens", -1, 10, 16);
        String hidden = net.op("MatMul", List.of(tokens, net.weight(16, 16)));
        net.output(attention(hidden, 10, 16, 4));
        classify(net.conv(x, 3, 4, 1), 4);
        ChannelGroups groups = proven();
        assertThat(sizes(groups)).containsExactlyInAnyOrder(16, 4, 4);
    }

    private String attention(String hidden, int length, int width, int heads) {
        int size = width / heads;
        String qkv = net.add(net.op("MatMul", List.of(hidden, net.weight(width, 3 * width))), net.weight(3 * width));
        String split = net.transpose(net.reshape(qkv, -1, length, 3, heads, size), 2, 0, 3, 1, 4);
        String q = net.op("Gather", List.of(split, net.index(0)), "axis", 0);
        String k = net.op("Gather", List.of(split, net.index(1)), "axis", 0);
        String v = net.op("Gather", List.of(split, net.index(2)), "axis", 0);
        String scores =
                net.op("MatMul", List.of(net.op("Mul", List.of(q, net.scalar(0.5f))), net.transpose(k, 0, 1, 3, 2)));
        String mixed = net.op("MatMul", List.of(net.op("Softmax", List.of(scores)), v));
        String joined = net.reshape(net.transpose(mixed, 0, 2, 1, 3), -1, length, width);
        return net.add(net.op("MatMul", List.of(joined, net.weight(width, 6))), net.weight(6));
    }

    @Test
    void fusedAttentionBySplit() {
        String hidden = net.op("MatMul", List.of(net.input("tokens", 2, 6, 8), net.weight(8, 12)));
        String qkv = net.op("MatMul", List.of(hidden, net.weight(12, 24)));
        List<String> parts =
                net.ops("Split", 3, List.of(net.transpose(net.reshape(qkv, 2, 6, 3, 2, 4), 2, 0, 3, 1, 4)), "axis", 0);
        List<String> heads = parts.stream()
                .map(p -> net.op("Squeeze", List.of(p, net.longs(0))))
                .toList();
        String scores = net.op("MatMul", List.of(heads.get(0), net.transpose(heads.get(1), 0, 1, 3, 2)));
        String mixed = net.op("MatMul", List.of(net.op("Softmax", List.of(scores)), heads.get(2)));
        net.output(net.op("MatMul", List.of(net.reshape(net.transpose(mixed, 0, 2, 1, 3), 2, 6, 8), net.weight(8, 5))));
        classify(net.conv(x, 3, 4, 1), 4);
        assertThat(sizes(proven())).containsExactlyInAnyOrder(12, 2, 4);
    }

    @Test
    void separateProjections() {
        String tokens = net.input("tokens", -1, 10, 8);
        List<String> qkv = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String projected = net.add(net.weight(8), net.op("MatMul", List.of(tokens, net.weight(8, 8))));
            qkv.add(net.transpose(net.reshape(projected, 0, 0, 4, 2), 0, 2, 1, 3));
        }
        String scores = net.op("MatMul", List.of(qkv.get(0), net.transpose(qkv.get(1), 0, 1, 3, 2)));
        String mixed = net.op("MatMul", List.of(net.op("Softmax", List.of(scores)), qkv.get(2)));
        net.output(net.op("MatMul", List.of(net.reshape(net.transpose(mixed, 0, 2, 1, 3), 0, 0, 8), net.weight(8, 3))));
        classify(net.conv(x, 3, 4, 1), 4);
        assertThat(sizes(proven())).containsExactlyInAnyOrder(4, 4);
    }

    @Test
    void sharedWeightsTieTheirReaders() {
        String shared = net.weight(8, 8, 3, 3);
        String stem = net.relu(net.conv(x, 3, 8, 3));
        String once = net.relu(net.op("Conv", List.of(stem, shared), "pads", new long[] {1, 1, 1, 1}));
        String twice = net.relu(net.op("Conv", List.of(once, shared), "pads", new long[] {1, 1, 1, 1}));
        classify(twice, 8);
        assertThat(sizes(proven())).containsExactly(8);
    }

    @Test
    void constantNodesAndIdentities() {
        Tensor weight = Tensor.ofFloats(floats(8 * 3 * 3 * 3), 8, 3, 3, 3);
        String stem = net.op("Conv", List.of(x, net.op("Identity", List.of(net.constantNode(weight)))));
        String biased = net.add(stem, net.constantNode(Tensor.ofFloats(floats(8), 1, 8, 1, 1)));
        String same = net.op("Identity", List.of(net.op("Identity", List.of(biased))));
        classify(net.relu(same), 8);
        assertThat(sizes(proven())).containsExactly(8);
    }

    private static float[] floats(int n) {
        float[] values = new float[n];
        IntStream.range(0, n).forEach(i -> values[i] = (float) Math.sin(i));
        return values;
    }

    @Test
    void dynamicBatchThroughShapeArithmetic() {
        String stem = net.relu(net.conv(x, 3, 8, 3));
        String shape = net.op("Shape", List.of(stem));
        String batch = net.op("Unsqueeze", List.of(net.op("Gather", List.of(shape, net.index(0))), net.longs(0)));
        String channels = net.op("Unsqueeze", List.of(net.op("Gather", List.of(shape, net.index(1))), net.longs(0)));
        String half = net.op("Div", List.of(channels, net.longs(2)));
        String target = net.op("Concat", List.of(batch, net.longs(2), half, net.longs(8), net.longs(8)), "axis", 0);
        String split = net.op("Reshape", List.of(stem, target));
        String moved = net.transpose(split, 0, 2, 1, 3, 4);
        String back = net.op(
                "Reshape", List.of(moved, net.op("Concat", List.of(batch, channels, net.longs(8, 8)), "axis", 0)));
        String flat = net.op("Reshape", List.of(back, net.op("Concat", List.of(batch, net.longs(-1)), "axis", 0)));
        net.output(net.linear(flat, 512, 4));
        assertThat(sizes(proven())).containsExactly(8);
    }

    @Test
    void twoInputsTwoOutputs() {
        String other = net.input("other", -1, 4, 8, 8);
        String a = net.conv(x, 3, 6, 3);
        String b = net.conv(other, 4, 6, 3);
        String joined = net.relu(net.add(a, b));
        net.output(net.conv(joined, 6, 2, 1));
        String side = net.relu(net.conv(joined, 6, 4, 3));
        net.output(side);
        ChannelGroups groups = proven();
        assertThat(sizes(groups)).containsExactly(6);
        assertThat(groups.groups().get(0).producers()).extracting(Node::op).containsExactly("Conv", "Conv");
    }

    @Test
    void reductionsOverChannelsFreeze() {
        String stem = net.relu(net.conv(x, 3, 8, 3));
        String attention = net.op(
                "Sigmoid", List.of(net.conv(net.op("ReduceMean", List.of(stem), "axes", new long[] {1}), 1, 1, 3)));
        classify(net.op("Mul", List.of(stem, attention)), 8);
        ChannelGroups groups = proven();
        assertThat(groups.groups()).isEmpty();
        assertThat(groups.declined().values()).anyMatch(r -> r.contains("which works across it"));
    }

    @Test
    void unknownOperatorsFreezeWithTheirName() {
        String stem = net.relu(net.conv(x, 3, 8, 3));
        List<String> top = net.ops("TopK", 2, List.of(stem, net.longs(2)), "axis", 1);
        net.output(top.get(0));
        ChannelGroups groups = ChannelGroups.of(net.model());
        assertThat(groups.groups()).isEmpty();
        assertThat(groups.declined().values()).anyMatch(r -> r.contains("TopK") && r.contains("not understood"));
    }

    @Test
    void paddedShortcut() {
        String stem = net.relu(net.conv(x, 3, 6, 3));
        String wide = net.op("Pad", List.of(stem, net.longs(0, 2, 0, 0, 0, 2, 0, 0)));
        classify(net.relu(net.add(wide, net.conv(stem, 6, 10, 3))), 10);
        assertThat(sizes(proven())).containsExactly(6);
    }

    @Test
    void mixersCutTheirHiddenLayers() {
        String tokens = net.input("tokens", -1, 6, 8);
        String turned = net.transpose(tokens, 0, 2, 1);
        String mixed = net.op(
                "MatMul",
                List.of(
                        net.op("Relu", List.of(net.op("MatMul", List.of(turned, net.weight(6, 12))))),
                        net.weight(12, 6)));
        net.output(net.add(tokens, net.transpose(mixed, 0, 2, 1)));
        classify(net.conv(x, 3, 4, 1), 4);
        assertThat(sizes(proven())).containsExactlyInAnyOrder(12, 4);
    }

    @Test
    void refusesToEmptyAGroupAndUnequalBlocks() {
        String grouped = net.convGrouped(net.relu(net.conv(x, 3, 8, 1)), 8, 8, 3, 2);
        classify(grouped, 8);
        OnnxModel model = net.model();
        ChannelGroup group = ChannelGroups.of(model).groups().get(0);
        assertThat(catchMessage(() -> ChannelCut.cut(model, group, 0))).contains("equally many");
        assertThat(catchMessage(
                        () -> ChannelCut.cut(model, group, IntStream.range(0, 8).toArray())))
                .contains("keep less");
        assertThat(catchMessage(() -> ChannelCut.cut(model, group, 99))).contains("no unit 99");
    }

    private static String catchMessage(Runnable action) {
        try {
            action.run();
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
        return Arrays.toString(new int[0]);
    }
}
