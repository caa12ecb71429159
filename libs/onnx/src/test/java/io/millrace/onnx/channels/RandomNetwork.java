package io.millrace.onnx.channels;

import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Draws a network from a list of numbers, so that a shorter list, or smaller numbers, give a simpler network. */
final class RandomNetwork {
    private static final int SIZE = 6;

    /** A value {@code [batch, channels, size, size]}. */
    private record Value(String name, int channels, int size) {}

    private final Net net;
    private final int[] choices;
    private int next;
    private final List<Value> values = new ArrayList<>();

    private RandomNetwork(int[] choices) {
        this.choices = choices;
        long seed = Arrays.hashCode(choices);
        this.net = new Net(pick(2) == 0 ? 17 : 13, seed);
    }

    static OnnxModel of(int... choices) {
        return new RandomNetwork(choices).build();
    }

    private int pick(int bound) {
        return next < choices.length ? Math.floorMod(choices[next++], bound) : 0;
    }

    private OnnxModel build() {
        String x = net.input("x", pick(3) == 0 ? 2 : -1, 3, SIZE, SIZE);
        int width = 4 * (1 + pick(3));
        values.add(new Value(net.conv(x, 3, width, 3), width, SIZE));
        if (pick(2) == 1) {
            values.add(new Value(net.relu(net.conv(x, 3, width, 1)), width, SIZE));
        }
        while (next < choices.length) {
            step();
        }
        Value last = values.get(values.size() - 1);
        head(last);
        if (pick(4) == 3 && values.size() > 1) {
            head(values.get(values.size() - 2));
        }
        return net.model();
    }

    private Value any() {
        return values.get(values.size() - 1 - pick(Math.min(3, values.size())));
    }

    private void push(String name, int channels, int size) {
        values.add(new Value(name, channels, size));
    }

    private void step() {
        Value v = any();
        String n = v.name;
        int c = v.channels;
        switch (pick(30)) {
            case 0 -> {
                int out = 2 * (1 + pick(6));
                push(net.conv(n, c, out, pick(2) == 0 ? 1 : 3), out, v.size);
            }
            case 1 -> push(net.bn(n, c), c, v.size);
            case 2 -> push(net.relu(n), c, v.size);
            case 3 ->
                push(
                        net.op(
                                new String[] {"Sigmoid", "HardSigmoid", "Softplus", "Tanh", "Exp"}[pick(5)],
                                List.of(net.bn(n, c))),
                        c,
                        v.size);
            case 4 -> {
                Value other = matching(v);
                push(net.op(new String[] {"Add", "Mul", "Max", "Sub"}[pick(4)], List.of(n, other.name)), c, v.size);
            }
            case 5 -> push(net.relu(net.add(net.conv(n, c, c, 3), n)), c, v.size);
            case 6 -> {
                Value other = sameSize(v);
                push(
                        net.op("Concat", List.of(n, other.name), "axis", pick(2) == 0 ? 1 : -3),
                        c + other.channels,
                        v.size);
            }
            case 7 -> {
                if (c >= 2) {
                    int first = 1 + pick(c - 1);
                    List<String> parts = net.ops("Split", 2, List.of(n, net.longs(first, c - first)), "axis", 1);
                    push(parts.get(0), first, v.size);
                    push(parts.get(1), c - first, v.size);
                }
            }
            case 8 -> {
                int g = divisor(c);
                push(
                        net.reshape(
                                net.transpose(net.reshape(n, -1, g, c / g, v.size, v.size), 0, 2, 1, 3, 4),
                                -1,
                                c,
                                v.size,
                                v.size),
                        c,
                        v.size);
            }
            case 9 -> {
                int multiplier = 1 + pick(2);
                push(net.convGrouped(n, c, c * multiplier, 3, c), c * multiplier, v.size);
            }
            case 10 -> {
                int g = divisor(c);
                int out = g * (1 + pick(3));
                push(net.convGrouped(n, c, out, 3, g), out, v.size);
            }
            case 11 -> {
                int hidden = 2 + pick(4);
                String gate = net.relu(net.conv(net.op("GlobalAveragePool", List.of(n)), c, hidden, 1));
                push(net.op("Mul", List.of(n, net.op("Sigmoid", List.of(net.conv(gate, hidden, c, 1))))), c, v.size);
            }
            case 12 -> push(net.transpose(net.transpose(n, 0, 2, 3, 1), 0, 3, 1, 2), c, v.size);
            case 13 -> {
                int before = pick(3);
                int after = pick(3);
                push(net.op("Pad", List.of(n, net.longs(0, before, 0, 0, 0, after, 0, 0))), c + before + after, v.size);
            }
            case 14 ->
                push(
                        net.op(
                                pick(2) == 0 ? "MaxPool" : "AveragePool",
                                List.of(n),
                                "kernel_shape",
                                new long[] {3, 3},
                                "pads",
                                new long[] {1, 1, 1, 1}),
                        c,
                        v.size);
            case 15 -> {
                int from = pick(c);
                int to = Math.min(c, from + 1 + pick(c));
                push(net.op("Slice", List.of(n, net.longs(from), net.longs(to), net.longs(1))), to - from, v.size);
            }
            case 16 -> {
                long[] order = new long[Math.max(1, c - pick(2))];
                for (int i = 0; i < order.length; i++) {
                    order[i] = (i * 7L + pick(c)) % c;
                }
                push(net.op("Gather", List.of(n, net.longs(order)), "axis", 1), order.length, v.size);
            }
            case 17 -> push(net.op("PRelu", List.of(n, net.weight(c, 1, 1))), c, v.size);
            case 18 -> push(net.add(n, net.weight(pick(2) == 0 ? new long[] {1, c, 1, 1} : new long[] {1})), c, v.size);
            case 19 -> push(net.op("InstanceNormalization", List.of(n, net.positive(c), net.weight(c))), c, v.size);
            case 20 -> {
                int g = divisor(c);
                String normal = net.op(
                        "InstanceNormalization", List.of(net.reshape(n, 0, g, -1), net.positive(g), net.weight(g)));
                push(net.op("Mul", List.of(net.reshape(normal, 0, c, v.size, v.size), net.weight(c, 1, 1))), c, v.size);
            }
            case 21 -> {
                if (c % 4 == 0 && v.size <= 12) {
                    push(
                            net.op("DepthToSpace", List.of(n), "blocksize", 2, "mode", pick(2) == 0 ? "DCR" : "CRD"),
                            c / 4,
                            v.size * 2);
                }
            }
            case 22 -> {
                if (v.size % 2 == 0 && c <= 12) {
                    push(net.op("SpaceToDepth", List.of(n), "blocksize", 2), c * 4, v.size / 2);
                }
            }
            case 23 -> {
                int out = 1 + pick(4);
                int g = pick(2) == 0 ? 1 : divisor(c);
                push(
                        net.op("ConvTranspose", List.of(n, net.weight(c, out, 1, 1), net.weight(out * g)), "group", g),
                        out * g,
                        v.size);
            }
            case 24 -> push(net.op("Softmax", List.of(n), "axis", 1 + pick(3)), c, v.size);
            case 25 -> push(net.op("Tile", List.of(n, net.longs(1, 2, 1, 1))), 2 * c, v.size);
            case 26 -> {
                // A 1 x 1 convolution as a product over the last axis.
                String turned = net.transpose(n, 0, 2, 3, 1);
                int out = 1 + pick(6);
                String product = net.add(net.op("MatMul", List.of(turned, net.weight(c, out))), net.weight(out));
                push(net.transpose(product, 0, 3, 1, 2), out, v.size);
            }
            case 27 -> attention(v);
            case 28 ->
                push(
                        net.op(
                                "Mul",
                                List.of(
                                        n,
                                        net.op(
                                                "ReduceMean",
                                                List.of(n),
                                                "axes",
                                                pick(2) == 0 ? new long[] {2, 3} : new long[] {1}))),
                        c,
                        v.size);
            default -> push(net.op("Clip", List.of(n, net.scalar(pick(2)), net.scalar(6))), c, v.size);
        }
    }

    private void attention(Value v) {
        int heads = divisor(v.channels);
        int size = v.channels / heads;
        int length = v.size * v.size;
        String tokens = net.transpose(net.reshape(v.name, -1, v.channels, length), 0, 2, 1);
        String qkv = net.op("MatMul", List.of(tokens, net.weight(v.channels, 3 * v.channels)));
        String split = net.transpose(net.reshape(qkv, -1, length, 3, heads, size), 2, 0, 3, 1, 4);
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            parts.add(net.op("Gather", List.of(split, net.index(i)), "axis", 0));
        }
        String scores = net.op(
                "Softmax",
                List.of(net.op("MatMul", List.of(parts.get(0), net.transpose(parts.get(1), 0, 1, 3, 2)))),
                "axis",
                -1);
        String mixed = net.op("MatMul", List.of(scores, parts.get(2)));
        String joined = net.reshape(net.transpose(mixed, 0, 2, 1, 3), -1, length, v.channels);
        push(net.reshape(net.transpose(joined, 0, 2, 1), -1, v.channels, v.size, v.size), v.channels, v.size);
    }

    private Value matching(Value v) {
        return values.stream()
                .filter(o -> o.size == v.size && (o.channels == v.channels || o.channels == 1))
                .skip(pick(2))
                .findFirst()
                .orElse(v);
    }

    private Value sameSize(Value v) {
        return values.stream()
                .filter(o -> o.size == v.size && o.channels <= 16)
                .skip(pick(3))
                .findFirst()
                .orElse(v);
    }

    /** A number that divides {@code channels}. */
    private int divisor(int channels) {
        int[] divisors = java.util.stream.IntStream.rangeClosed(1, channels)
                .filter(d -> channels % d == 0)
                .toArray();
        return divisors[pick(divisors.length)];
    }

    private void head(Value v) {
        switch (pick(4)) {
            case 0 ->
                net.output(net.linear(
                        net.op("Flatten", List.of(net.op("GlobalAveragePool", List.of(v.name)))), v.channels, 3));
            case 1 -> net.output(net.linear(net.op("Flatten", List.of(v.name)), v.channels * v.size * v.size, 3));
            case 2 -> {
                String last = net.reshape(net.transpose(v.name, 0, 2, 3, 1), -1, (long) v.channels * v.size * v.size);
                net.output(net.linear(last, v.channels * v.size * v.size, 3));
            }
            default -> net.output(net.conv(v.name, v.channels, 2, 3));
        }
    }
}
