package io.millrace.onnx.random;

import io.millrace.onnx.Net;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators that move channels and positions about without changing them. */
final class MovementBlocks {
    private MovementBlocks() {}

    static void addTo(Map<String, Block> blocks) {
        blocks.put("Concat", (canvas, on) -> {
            Feature other = canvas.other(on, f -> f.size() == on.size());
            if (on.channels() + other.channels() <= Canvas.WIDEST) {
                String joined =
                        canvas.net.op("Concat", List.of(on.name(), other.name()), "axis", canvas.pick(2) == 0 ? 1 : -3);
                canvas.leave(on.as(joined, on.channels() + other.channels()));
            }
        });
        blocks.put("Split", (canvas, on) -> {
            if (on.channels() >= 2) {
                int first = 1 + canvas.pick(on.channels() - 1);
                List<String> parts = canvas.net.ops(
                        "Split", 2, List.of(on.name(), canvas.net.longs(first, on.channels() - first)), "axis", 1);
                canvas.leave(on.as(parts.get(0), first));
                canvas.leave(on.as(parts.get(1), on.channels() - first));
            }
        });
        blocks.put("sequence", (canvas, on) -> {
            if (on.channels() % 2 == 0) {
                String split = canvas.net.op(
                        "SplitToSequence", List.of(on.name(), canvas.net.index(on.channels() / 2)), "axis", 1);
                canvas.leave(
                        on.as(canvas.op("SequenceAt", split, canvas.net.index(canvas.pick(2))), on.channels() / 2));
            }
        });
        blocks.put("channel shuffle", (canvas, on) -> {
            Net net = canvas.net;
            int groups = canvas.divisor(on.channels());
            int size = on.size();
            String parted = net.reshape(on.name(), -1, groups, on.channels() / groups, size, size);
            canvas.leave(on.as(net.reshape(net.transpose(parted, 0, 2, 1, 3, 4), -1, on.channels(), size, size)));
        });
        blocks.put("shuffle of positions", (canvas, on) -> {
            if (on.size() % 2 == 0) {
                Net net = canvas.net;
                int half = on.size() / 2;
                String parted = net.reshape(on.name(), -1, on.channels(), 2, half, on.size());
                String turned = net.transpose(parted, 0, 1, 3, 2, 4);
                canvas.leave(on.as(net.reshape(turned, -1, on.channels(), on.size(), on.size())));
            }
        });
        blocks.put(
                "there and back",
                (canvas, on) -> canvas.leave(
                        on.as(canvas.net.transpose(canvas.net.transpose(on.name(), 0, 2, 3, 1), 0, 3, 1, 2))));
        blocks.put(
                "CumSum",
                (canvas, on) ->
                        canvas.leave(on.as(canvas.op("CumSum", on.name(), canvas.net.index(1 + canvas.pick(3))))));
        blocks.put("Pad", (canvas, on) -> {
            int before = canvas.pick(3);
            int after = canvas.pick(3);
            String padded = canvas.op("Pad", on.name(), canvas.net.longs(0, before, 0, 0, 0, after, 0, 0));
            canvas.leave(on.as(padded, on.channels() + before + after));
        });
        blocks.put("Slice", (canvas, on) -> {
            Net net = canvas.net;
            int from = canvas.pick(on.channels());
            int to = Math.min(on.channels(), from + 1 + canvas.pick(on.channels()));
            boolean back = canvas.pick(3) == 2;
            String cut = back
                    ? net.op(
                            "Slice",
                            List.of(
                                    on.name(),
                                    net.longs(to - 1),
                                    net.longs(from == 0 ? Integer.MIN_VALUE : from - 1),
                                    net.longs(1),
                                    net.longs(-1)))
                    : net.op("Slice", List.of(on.name(), net.longs(from), net.longs(to), net.longs(1)));
            canvas.leave(on.as(cut, to - from));
        });
        blocks.put("Gather", (canvas, on) -> {
            long[] order = new long[Math.max(1, on.channels() - canvas.pick(2))];
            int shift = canvas.pick(on.channels());
            for (int i = 0; i < order.length; i++) {
                order[i] = (i * 7L + shift) % on.channels();
            }
            canvas.leave(on.as(
                    canvas.net.op("Gather", List.of(on.name(), canvas.net.longs(order)), "axis", 1), order.length));
        });
        blocks.put("rows by GatherND", MovementBlocks::gatherNd);
        blocks.put("Tile", (canvas, on) -> {
            if (2 * on.channels() <= Canvas.WIDEST) {
                String tiled = canvas.op("Tile", on.name(), canvas.net.longs(1, 2, 1, 1));
                canvas.leave(on.as(tiled, 2 * on.channels()));
            }
        });
        blocks.put("Expand", (canvas, on) -> {
            String pooled = canvas.op("GlobalAveragePool", on.name());
            String shape = canvas.pick(2) == 0
                    ? canvas.net.longs(1, on.channels(), on.size(), on.size())
                    : canvas.op("Shape", on.name());
            canvas.leave(on.as(canvas.op("Expand", pooled, shape)));
        });
        blocks.put("ConstantOfShape", (canvas, on) -> {
            String zeros = canvas.op("ConstantOfShape", canvas.op("Shape", on.name()));
            canvas.leave(on.as(canvas.op("Add", on.name(), zeros)));
        });
        blocks.put("Squeeze", (canvas, on) -> {
            Net net = canvas.net;
            String pooled = canvas.op("GlobalAveragePool", on.name());
            String flat = canvas.op("Squeeze", pooled, net.longs(2, 3));
            String open = canvas.op("Unsqueeze", flat, net.longs(2, 3));
            canvas.leave(on.as(canvas.op("Mul", on.name(), open)));
        });
        blocks.put("DepthToSpace", (canvas, on) -> {
            if (on.channels() % 4 == 0 && on.size() <= 6) {
                String moved = canvas.op("DepthToSpace", on.name(), "blocksize", 2, "mode", canvas.pick("DCR", "CRD"));
                canvas.leave(new Feature(moved, on.channels() / 4, on.size() * 2));
            }
        });
        blocks.put("SpaceToDepth", (canvas, on) -> {
            if (on.size() % 2 == 0 && 4 * on.channels() <= 2 * Canvas.WIDEST) {
                canvas.leave(new Feature(
                        canvas.op("SpaceToDepth", on.name(), "blocksize", 2), on.channels() * 4, on.size() / 2));
            }
        });
        blocks.put("Resize", MovementBlocks::resize);
        blocks.put("reshape by computed sizes", (canvas, on) -> {
            Net net = canvas.net;
            String shape = canvas.op("Shape", on.name());
            String batch = net.op("Gather", List.of(shape, net.longs(0)), "axis", 0);
            String target = net.op("Concat", List.of(batch, net.longs(on.channels(), -1)), "axis", 0);
            String flat = canvas.op("Reshape", on.name(), target);
            canvas.leave(on.as(canvas.op("Reshape", flat, shape)));
        });
        blocks.put("flattened and back", (canvas, on) -> {
            String flat = canvas.op("Flatten", on.name());
            canvas.leave(on.as(canvas.net.reshape(flat, -1, on.channels(), on.size(), on.size())));
        });
        blocks.put("Range", (canvas, on) -> {
            Net net = canvas.net;
            String places = net.op("Range", List.of(net.scalar(0), net.scalar(on.size()), net.scalar(1)));
            canvas.leave(on.as(canvas.op(canvas.pick("Add", "Mul"), on.name(), places)));
        });
        blocks.put("EyeLike", (canvas, on) -> {
            String flat = canvas.reduce("ReduceMean", on.name(), false, 0, 1);
            canvas.leave(on.as(canvas.op(canvas.pick("Add", "Mul"), on.name(), canvas.op("EyeLike", flat))));
        });
        blocks.put("quantized and back", (canvas, on) -> {
            Net net = canvas.net;
            String step = net.scalar(0.05f);
            String integers = canvas.op("QuantizeLinear", on.name(), step);
            canvas.leave(on.as(canvas.op("DequantizeLinear", integers, step)));
        });
        blocks.put("Trilu", (canvas, on) -> {
            if (canvas.opset >= 14) {
                canvas.leave(on.as(canvas.op("Trilu", on.name(), "upper", canvas.pick(2))));
            }
        });
    }

    private static void gatherNd(Canvas canvas, Feature on) {
        Net net = canvas.net;
        String first = net.transpose(on.name(), 1, 0, 2, 3);
        List<Long> rows = new ArrayList<>();
        int shift = canvas.pick(on.channels());
        for (int i = 0; i < on.channels(); i++) {
            rows.add((long) (i + shift) % on.channels());
        }
        long[] order = rows.stream().mapToLong(r -> r).toArray();
        String indices = net.store(io.millrace.onnx.Tensor.ofLongs(order, order.length, 1));
        canvas.leave(on.as(net.transpose(canvas.op("GatherND", first, indices), 1, 0, 2, 3)));
    }

    private static void resize(Canvas canvas, Feature on) {
        if (on.size() > 6) {
            return;
        }
        Net net = canvas.net;
        String mode = canvas.pick("nearest", "linear");
        boolean bySizes = canvas.pick(2) == 1;
        String resized = bySizes
                ? net.op(
                        "Resize",
                        List.of(
                                on.name(),
                                "",
                                "",
                                net.op(
                                        "Concat",
                                        List.of(
                                                net.op(
                                                        "Slice",
                                                        List.of(
                                                                canvas.op("Shape", on.name()),
                                                                net.longs(0),
                                                                net.longs(2))),
                                                net.longs(2L * on.size(), 2L * on.size())),
                                        "axis",
                                        0)),
                        "mode",
                        mode)
                : net.op("Resize", List.of(on.name(), "", net.floats(1, 1, 2, 2)), "mode", mode);
        canvas.leave(new Feature(resized, on.channels(), 2 * on.size()));
    }
}
