package io.millrace.onnx.random;

import io.millrace.onnx.Net;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Layers, and what is made of several of them. */
final class LayerBlocks {
    private LayerBlocks() {}

    static void addTo(Map<String, Block> blocks) {
        blocks.put("convolution", LayerBlocks::convolution);
        blocks.put("residual", (canvas, on) -> {
            Net net = canvas.net;
            String branch = net.conv(on.name(), on.channels(), on.channels(), canvas.pick(2) == 0 ? 1 : 3);
            canvas.leave(on.as(net.relu(net.add(branch, on.name()))));
        });
        blocks.put("depthwise", (canvas, on) -> {
            int out = on.channels() * (1 + canvas.pick(2));
            if (out <= Canvas.WIDEST) {
                canvas.leave(on.as(canvas.net.convGrouped(on.name(), on.channels(), out, 3, on.channels()), out));
            }
        });
        blocks.put("grouped convolution", (canvas, on) -> {
            int groups = canvas.divisor(on.channels());
            int out = groups * (1 + canvas.pick(3));
            canvas.leave(on.as(canvas.net.convGrouped(on.name(), on.channels(), out, 3, groups), out));
        });
        blocks.put("transposed convolution", LayerBlocks::transposed);
        blocks.put("two readings of one weight", (canvas, on) -> {
            Net net = canvas.net;
            Feature other = canvas.other(on, f -> f.channels() == on.channels());
            int out = 2 + canvas.pick(5);
            String weight = net.weight(out, on.channels(), 1, 1);
            canvas.leave(on.as(canvas.op("Conv", on.name(), weight), out));
            canvas.leave(other.as(canvas.op("Conv", other.name(), weight), out));
        });
        blocks.put("product over the last axis", LayerBlocks::product);
        blocks.put("product from the left", (canvas, on) -> {
            int out = 1 + canvas.pick(6);
            String flat = canvas.net.reshape(on.name(), -1, on.channels(), (long) on.size() * on.size());
            String product = canvas.op("MatMul", canvas.net.weight(out, on.channels()), flat);
            canvas.leave(on.as(canvas.net.reshape(product, -1, out, on.size(), on.size()), out));
        });
        blocks.put("squeeze and excitation", (canvas, on) -> {
            Net net = canvas.net;
            int hidden = 2 + canvas.pick(4);
            String pooled = canvas.op(canvas.pick("GlobalAveragePool", "GlobalMaxPool"), on.name());
            String gate = net.conv(net.relu(net.conv(pooled, on.channels(), hidden, 1)), hidden, on.channels(), 1);
            canvas.leave(on.as(canvas.op("Mul", on.name(), canvas.op(canvas.pick("Sigmoid", "HardSigmoid"), gate))));
        });
        blocks.put("fully connected gate", LayerBlocks::gate);
        blocks.put("attention", LayerBlocks::attention);
        blocks.put("LSTM", (canvas, on) -> recurrent(canvas, on, "LSTM", 4));
        blocks.put("GRU", (canvas, on) -> recurrent(canvas, on, "GRU", 3));
        blocks.put("RNN", (canvas, on) -> recurrent(canvas, on, "RNN", 1));
        blocks.put("einsum", (canvas, on) -> {
            int out = 1 + canvas.pick(6);
            String product = canvas.net.op(
                    "Einsum", List.of(on.name(), canvas.net.weight(on.channels(), out)), "equation", "nchw,cd->ndhw");
            canvas.leave(on.as(product, out));
        });
    }

    /** Positions as steps, channels as features. */
    private static void recurrent(Canvas canvas, Feature on, String operator, int gates) {
        Net net = canvas.net;
        int hidden = 2 + canvas.pick(4);
        String steps = net.transpose(net.reshape(on.name(), -1, on.channels(), (long) on.size() * on.size()), 2, 0, 1);
        String states = net.op(
                operator,
                List.of(steps, net.weight(1, gates * hidden, on.channels()), net.weight(1, gates * hidden, hidden)),
                "hidden_size",
                hidden);
        String turned = net.transpose(net.op("Squeeze", List.of(states, net.longs(1))), 1, 2, 0);
        canvas.leave(on.as(net.reshape(turned, -1, hidden, on.size(), on.size()), hidden));
    }

    private static void convolution(Canvas canvas, Feature on) {
        int out = 2 * (1 + canvas.pick(6));
        int form = canvas.pick(5);
        Net net = canvas.net;
        String name = on.name();
        if (form == 3 && on.size() % 2 == 0 && on.size() > 2) {
            canvas.leave(new Feature(
                    net.conv(name, on.channels(), out, 3, "strides", new long[] {2, 2}), out, on.size() / 2));
            return;
        }
        String made =
                switch (form) {
                    case 1 -> net.conv(name, on.channels(), out, 3);
                    case 2 ->
                        net.op(
                                "Conv",
                                List.of(name, net.weight(out, on.channels(), 3, 3)),
                                "auto_pad",
                                canvas.pick("SAME_UPPER", "SAME_LOWER"));
                    case 4 ->
                        net.op(
                                "Conv",
                                List.of(name, net.weight(out, on.channels(), 3, 1), net.weight(out)),
                                "dilations",
                                new long[] {2, 1},
                                "pads",
                                new long[] {2, 0, 2, 0});
                    default -> net.conv(name, on.channels(), out, 1);
                };
        canvas.leave(on.as(made, out));
    }

    private static void transposed(Canvas canvas, Feature on) {
        int out = 1 + canvas.pick(4);
        int groups = canvas.pick(2) == 0 ? 1 : canvas.divisor(on.channels());
        boolean doubles = canvas.pick(2) == 1 && on.size() <= 6;
        int kernel = doubles ? 2 : 1;
        String made = canvas.net.op(
                "ConvTranspose",
                List.of(
                        on.name(),
                        canvas.net.weight(on.channels(), out, kernel, kernel),
                        canvas.net.weight(out * groups)),
                "group",
                groups,
                "strides",
                new long[] {kernel, kernel});
        canvas.leave(new Feature(made, out * groups, on.size() * kernel));
    }

    private static void product(Canvas canvas, Feature on) {
        Net net = canvas.net;
        int out = 1 + canvas.pick(6);
        String turned = net.transpose(on.name(), 0, 2, 3, 1);
        String weight = canvas.pick(2) == 0
                ? net.weight(on.channels(), out)
                : net.transpose(net.weight(out, on.channels()), 1, 0);
        String product = net.add(canvas.op("MatMul", turned, weight), net.weight(out));
        canvas.leave(on.as(net.transpose(product, 0, 3, 1, 2), out));
    }

    private static void gate(Canvas canvas, Feature on) {
        Net net = canvas.net;
        int c = on.channels();
        String pooled = canvas.reduce("ReduceMean", on.name(), false, 2, 3);
        boolean reordered = canvas.pick(2) == 1;
        String gate =
                reordered ? net.op("Gemm", List.of(pooled, net.weight(c, c)), "alpha", 0.5f) : net.linear(pooled, c, c);
        String open = net.op("Unsqueeze", List.of(gate, net.longs(2, 3)));
        canvas.leave(on.as(canvas.op("Mul", on.name(), canvas.op("Tanh", open))));
    }

    /** Multi-head attention over positions; grouped queries, and queries and keys normalised, among its forms. */
    private static void attention(Canvas canvas, Feature on) {
        Net net = canvas.net;
        int heads = canvas.divisor(on.channels());
        int width = on.channels() / heads;
        boolean grouped = canvas.pick(2) == 1 && heads % 2 == 0;
        boolean normalised = canvas.pick(2) == 1 && width > 1;
        int keys = grouped ? heads / 2 : heads;
        int length = on.size() * on.size();
        String tokens = net.transpose(net.reshape(on.name(), -1, on.channels(), length), 0, 2, 1);
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int own = i == 0 ? heads : keys;
            String made = canvas.op("MatMul", tokens, net.weight(on.channels(), own * width));
            String split = net.reshape(made, -1, length, own, width);
            if (normalised && i < 2) {
                split = net.op("LpNormalization", List.of(split), "axis", -1);
            }
            String turned = net.transpose(split, 0, 2, 1, 3);
            if (grouped && i > 0) {
                String repeated = net.op("Unsqueeze", List.of(turned, net.longs(2)));
                String expanded = canvas.op("Expand", repeated, net.longs(1, keys, 2, length, width));
                turned = net.reshape(expanded, -1, heads, length, width);
            }
            parts.add(turned);
        }
        String scores = canvas.op("MatMul", parts.get(0), net.transpose(parts.get(1), 0, 1, 3, 2));
        String mixed = canvas.op("MatMul", canvas.op("Softmax", scores, "axis", -1), parts.get(2));
        String joined = net.reshape(net.transpose(mixed, 0, 2, 1, 3), -1, length, on.channels());
        canvas.leave(on.as(net.reshape(net.transpose(joined, 0, 2, 1), -1, on.channels(), on.size(), on.size())));
    }
}
