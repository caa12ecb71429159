package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention as language models have it: fewer heads of keys and values, normalised and rotated queries and keys. */
class AttentionGroupsTest {
    private static final int WIDTH = 16;
    private static final int TOKENS = 6;
    private static final int SIZE = 8;

    private final Net net = new Net(17, 11);
    private final String x = net.input("x", -1, TOKENS, WIDTH);

    /** {@code [batch, heads, tokens, size]} from a projection of the input. */
    private String heads(int heads) {
        String projected = net.op("MatMul", List.of(x, net.weight(WIDTH, heads * SIZE)));
        return net.transpose(net.reshape(projected, -1, TOKENS, heads, SIZE), 0, 2, 1, 3);
    }

    private String attend(String queries, String keys, String values) {
        String scores = net.op("MatMul", List.of(queries, net.transpose(keys, 0, 1, 3, 2)));
        String scaled = net.op("Mul", List.of(scores, net.scalar(0.35f)));
        return net.op("MatMul", List.of(net.op("Softmax", List.of(scaled), "axis", -1), values));
    }

    private void project(String mixed, int heads) {
        String joined = net.reshape(net.transpose(mixed, 0, 2, 1, 3), -1, TOKENS, (long) heads * SIZE);
        net.output(net.op("MatMul", List.of(joined, net.weight(heads * SIZE, WIDTH))));
    }

    private ChannelGroups proven() {
        return Oracle.check(net.model(), 13);
    }

    @ParameterizedTest
    @CsvSource({"4, 2, Expand", "6, 2, Expand", "4, 2, Tile", "4, 4, Expand"})
    void headsOfGroupedQueriesGoWithTheirKeysAndValues(int heads, int shared, String how) {
        // given
        UnaryOperator<String> repeated = value -> {
            int times = heads / shared;
            String apart = net.op("Unsqueeze", List.of(value, net.longs(2)));
            String many = how.equals("Tile")
                    ? net.op("Tile", List.of(apart, net.longs(1, 1, times, 1, 1)))
                    : net.op("Expand", List.of(apart, net.longs(1, shared, times, TOKENS, SIZE)));
            return net.reshape(many, -1, heads, TOKENS, SIZE);
        };
        project(attend(heads(heads), repeated.apply(heads(shared)), repeated.apply(heads(shared))), heads);

        // when
        ChannelGroups groups = proven();

        // then
        ChannelGroup units = groups.groups().get(0);
        assertThat(units.size()).isEqualTo(shared);
        assertThat(units.producers()).hasSize(3);
        assertThat(units.consumers()).hasSize(1);
    }

    @Test
    void headsOfMultiQueryAttentionGoWithoutTheKeysAndValuesThatAllShare() {
        project(attend(heads(4), heads(1), heads(1)), 4);

        ChannelGroups groups = proven();

        ChannelGroup units = groups.groups().get(0);
        assertThat(units.size()).isEqualTo(4);
        assertThat(units.producers()).hasSize(1);
        assertThat(units.consumers()).hasSize(1);
    }

    @Test
    void headsGoWhereABiasIsStoredByHeadAndPlace() {
        String queries = net.add(heads(4), net.weight(4, 1, SIZE));
        project(attend(queries, heads(4), heads(4)), 4);

        ChannelGroup units = proven().groups().get(0);

        assertThat(units.size()).isEqualTo(4);
        assertThat(units.producers()).hasSize(3);
    }

    private enum Norm {
        LAYER_NORMALIZATION,
        MEAN_SQUARE,
        ROTATION_STORED,
        ROTATION_COMPUTED
    }

    @ParameterizedTest
    @EnumSource
    void headsOfNormalisedAndRotatedQueriesAndKeysGo(Norm norm) {
        // given
        UnaryOperator<String> changed =
                switch (norm) {
                    case LAYER_NORMALIZATION ->
                        value -> net.op("LayerNormalization", List.of(value, net.weight(SIZE), net.weight(SIZE)));
                    case MEAN_SQUARE -> this::normalised;
                    case ROTATION_STORED -> value -> rotated(value, net.weight(TOKENS, SIZE), net.weight(TOKENS, SIZE));
                    case ROTATION_COMPUTED -> {
                        String angles = net.op("Mul", List.of(net.input("position", TOKENS, 1), net.positive(1, SIZE)));
                        yield value -> rotated(value, net.op("Cos", List.of(angles)), net.op("Sin", List.of(angles)));
                    }
                };
        project(attend(changed.apply(heads(4)), changed.apply(heads(4)), heads(4)), 4);

        // when
        ChannelGroups groups = proven();

        // then
        ChannelGroup units = groups.groups().get(0);
        assertThat(units.size()).isEqualTo(4);
        assertThat(units.producers()).hasSize(3);
        assertThat(units.consumers()).hasSize(1);
    }

    private String normalised(String value) {
        String square =
                net.op("ReduceMean", List.of(net.op("Pow", List.of(value, net.scalar(2)))), "axes", new long[] {-1});
        String root = net.op("Sqrt", List.of(net.add(square, net.scalar(1e-5f))));
        String scaled = net.op("Mul", List.of(value, net.op("Reciprocal", List.of(root))));
        return net.op("Mul", List.of(scaled, net.positive(SIZE)));
    }

    private String rotated(String value, String cosine, String sine) {
        String first = net.op("Slice", List.of(value, net.longs(0), net.longs(SIZE / 2), net.longs(3)));
        String second = net.op("Slice", List.of(value, net.longs(SIZE / 2), net.longs(SIZE), net.longs(3)));
        String turned = net.op("Concat", List.of(net.op("Neg", List.of(second)), first), "axis", -1);
        return net.add(net.op("Mul", List.of(value, cosine)), net.op("Mul", List.of(turned, sine)));
    }
}
