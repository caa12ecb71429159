package io.millrace.onnx.random;

import io.millrace.onnx.Net;
import java.util.List;
import java.util.Map;

/** Normalizations, poolings, reductions and what else works across an axis. */
final class NormalizationBlocks {
    private NormalizationBlocks() {}

    static void addTo(Map<String, Block> blocks) {
        blocks.put("BatchNormalization", (canvas, on) -> canvas.leave(on.as(canvas.net.bn(on.name(), on.channels()))));
        blocks.put(
                "InstanceNormalization",
                (canvas, on) -> canvas.leave(on.as(canvas.net.op(
                        "InstanceNormalization",
                        List.of(on.name(), canvas.net.positive(on.channels()), canvas.net.weight(on.channels()))))));
        blocks.put("group normalization by reshaping", (canvas, on) -> {
            Net net = canvas.net;
            int groups = canvas.divisor(on.channels());
            String normal = net.op(
                    "InstanceNormalization",
                    List.of(net.reshape(on.name(), 0, groups, -1), net.positive(groups), net.weight(groups)));
            String back = net.reshape(normal, 0, on.channels(), on.size(), on.size());
            canvas.leave(on.as(canvas.op("Mul", back, net.weight(on.channels(), 1, 1))));
        });
        blocks.put("GroupNormalization", (canvas, on) -> {
            int groups = canvas.divisor(on.channels());
            int scales = canvas.opset >= 21 ? on.channels() : groups;
            canvas.leave(on.as(
                    canvas.opset < 21
                            ? canvas.net.bn(on.name(), on.channels())
                            : canvas.net.op(
                                    "GroupNormalization",
                                    List.of(on.name(), canvas.net.positive(scales), canvas.net.weight(scales)),
                                    "num_groups",
                                    groups)));
        });
        blocks.put("LayerNormalization", NormalizationBlocks::layer);
        blocks.put(
                "LpNormalization",
                (canvas, on) -> canvas.leave(on.as(canvas.op(
                        "LpNormalization", canvas.inside(on), "axis", 1 + canvas.pick(3), "p", 1 + canvas.pick(2)))));
        blocks.put("LRN", (canvas, on) -> canvas.leave(on.as(canvas.op("LRN", on.name(), "size", 3))));
        for (String operator : List.of("Softmax", "LogSoftmax")) {
            blocks.put(
                    operator,
                    (canvas, on) -> canvas.leave(on.as(canvas.op(operator, on.name(), "axis", 1 + canvas.pick(3)))));
        }
        blocks.put(
                "Hardmax",
                (canvas, on) -> canvas.leave(on.as(canvas.op("Hardmax", on.name(), "axis", 2 + canvas.pick(2)))));
        for (String operator : List.of("MaxPool", "AveragePool", "LpPool")) {
            blocks.put(operator, (canvas, on) -> {
                String pooled = canvas.op(
                        operator,
                        operator.equals("LpPool") ? canvas.inside(on) : on.name(),
                        "kernel_shape",
                        new long[] {3, 3},
                        "pads",
                        new long[] {1, 1, 1, 1});
                canvas.leave(on.as(pooled));
            });
        }
        for (String operator : ("ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum"
                        + " ReduceLogSumExp ReduceSumSquare")
                .split(" ")) {
            blocks.put(operator, (canvas, on) -> {
                long[] axes = canvas.pick(2) == 0 ? new long[] {2, 3} : new long[] {1};
                String reduced = canvas.reduce(operator, canvas.inside(on), true, axes);
                canvas.leave(on.as(canvas.op("Mul", on.name(), canvas.op("Softsign", reduced))));
            });
        }
        for (String operator : List.of("ArgMax", "ArgMin")) {
            blocks.put(operator, (canvas, on) -> {
                String where = canvas.op(operator, on.name(), "axis", 1 + canvas.pick(3));
                canvas.leave(on.as(canvas.op("Add", on.name(), canvas.truth(where))));
            });
        }
        // ONNX Runtime has none for later opsets.
        blocks.put("GlobalLpPool", (canvas, on) -> {
            if (canvas.opset < 22) {
                String pooled = canvas.op("Softsign", canvas.op("GlobalLpPool", on.name()));
                canvas.leave(on.as(canvas.op("Mul", on.name(), pooled)));
            }
        });
    }

    private static void layer(Canvas canvas, Feature on) {
        if (canvas.opset < 17) {
            canvas.leave(on.as(canvas.net.bn(on.name(), on.channels())));
            return;
        }
        Net net = canvas.net;
        boolean root = canvas.pick(2) == 1 && canvas.opset >= 23;
        String operator = root ? "RMSNormalization" : "LayerNormalization";
        if (canvas.pick(2) == 0) {
            String turned = net.transpose(on.name(), 0, 2, 3, 1);
            List<String> inputs = root
                    ? List.of(turned, net.positive(on.channels()))
                    : List.of(turned, net.positive(on.channels()), net.weight(on.channels()));
            canvas.leave(on.as(net.transpose(net.op(operator, inputs, "axis", -1), 0, 3, 1, 2)));
        } else {
            canvas.leave(on.as(net.op(operator, List.of(on.name(), net.positive(on.size(), on.size())), "axis", 2)));
        }
    }
}
