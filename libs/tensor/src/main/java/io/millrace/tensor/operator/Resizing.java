package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.Libtorch;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import io.millrace.tensor.operator.NodeSpec.Integers;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Nearest and linear interpolation, axis by axis: each output position reads one or two input positions, worked out in
 * plain Java as ONNX defines them, so that every coordinate mode is exact.
 */
final class Resizing {
    private Resizing() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("Resize", Resizing::resize);
        table.put("Upsample", Resizing::upsample);
    }

    private record Rules(String coordinates, String nearest, boolean linear) {}

    private static NativeOperation resize(NodeSpec node) {
        String mode = node.text("mode", "nearest");
        String coordinates =
                node.opset() < 11 ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel");
        String nearest = node.opset() < 11 ? "floor" : node.text("nearest_mode", "round_prefer_floor");
        node.refuse(mode.equals("cubic"), "mode cubic");
        node.refuse(coordinates.startsWith("tf_crop"), coordinates);
        node.refuse(node.integer("antialias", 0) != 0, "antialias");
        node.refuse(!node.text("keep_aspect_ratio_policy", "stretch").equals("stretch"), "keep_aspect_ratio_policy");
        long[] axes = node.integers("axes");
        Integers sizes = node.integersOf(3);
        int scalesAt = node.opset() < 11 ? 1 : 2;
        Rules rules = new Rules(coordinates, nearest, mode.equals("linear"));
        return of(in -> {
            long[] wanted = sizes.in(in);
            float[] scales = in.length > scalesAt && in[scalesAt] != null && in[scalesAt].numel() > 0
                    ? Libtorch.floats(in[scalesAt])
                    : null;
            return interpolate(in[0], axes, scales, wanted, rules);
        });
    }

    private static NativeOperation upsample(NodeSpec node) {
        String mode = node.text("mode", "nearest");
        node.refuse(node.opset() < 9, "scales as an attribute");
        Rules rules = new Rules("asymmetric", "floor", mode.equals("linear") || mode.equals("bilinear"));
        return of(in -> interpolate(in[0], null, Libtorch.floats(in[1]), null, rules));
    }

    /** @param axes the axes that scales or sizes are of; {@code null} for all */
    private static Tensor interpolate(Tensor input, long[] axes, float[] scales, long[] sizes, Rules rules) {
        Tensor result = input.alias();
        int count = axes == null ? (int) input.dim() : axes.length;
        for (int i = 0; i < count; i++) {
            int axis = axes == null ? i : NodeSpec.axis(axes[i], input.dim());
            long size = input.size(axis);
            // In float, as ONNX Runtime computes it: 20 x 1.3 is 26.
            long wanted = sizes != null ? sizes[i] : (long) (size * scales[i]);
            double scale = sizes != null ? (double) wanted / size : scales[i];
            if (scale != 1 || wanted != size) {
                result = along(result, axis, (int) size, (int) wanted, scale, rules);
            }
        }
        return result;
    }

    private static Tensor along(Tensor input, int axis, int size, int wanted, double scale, Rules rules) {
        long[] low = new long[wanted];
        long[] high = new long[wanted];
        float[] share = new float[wanted];
        for (int i = 0; i < wanted; i++) {
            double at = coordinate(i, size, wanted, scale, rules.coordinates);
            if (rules.linear) {
                double inside = Math.max(0, Math.min(size - 1, at));
                low[i] = (long) Math.floor(inside);
                high[i] = Math.min(size - 1, low[i] + 1);
                share[i] = (float) (inside - low[i]);
            } else {
                low[i] = Math.max(0, Math.min(size - 1, nearest(at, rules.nearest)));
            }
        }
        Tensor lower = input.index_select(axis, Libtorch.ofLongs(low, wanted));
        if (!rules.linear) {
            return lower;
        }
        Tensor upper = input.index_select(axis, Libtorch.ofLongs(high, wanted));
        long[] shape = new long[(int) input.dim()];
        Arrays.fill(shape, 1);
        shape[axis] = wanted;
        return torch.lerp(
                lower, upper, torch.tensor(share).to(input.scalar_type()).reshape(shape));
    }

    private static double coordinate(int i, int size, int wanted, double scale, String mode) {
        return switch (mode) {
            case "asymmetric" -> i / scale;
            case "align_corners" -> wanted == 1 ? 0 : (double) i * (size - 1) / (wanted - 1);
            case "pytorch_half_pixel" -> wanted == 1 ? 0 : (i + 0.5) / scale - 0.5;
            case "half_pixel_symmetric" -> {
                double adjusted = wanted / (scale * size);
                yield size / 2.0 * (1 - adjusted) + (i + 0.5) / scale - 0.5;
            }
            default -> (i + 0.5) / scale - 0.5;
        };
    }

    private static long nearest(double at, String mode) {
        return switch (mode) {
            case "floor" -> (long) Math.floor(at);
            case "ceil" -> (long) Math.ceil(at);
            case "round_prefer_ceil" -> (long) Math.floor(at + 0.5);
            default -> (long) Math.ceil(at - 0.5);
        };
    }
}
