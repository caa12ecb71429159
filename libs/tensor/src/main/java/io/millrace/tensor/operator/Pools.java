package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.Libtorch;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Maximum and mean over windows. Every form of padding and rounding is brought to explicit pads and rounding down, as
 * libtorch allows less than ONNX does.
 */
final class Pools {
    private static final Scalar ZERO = new Scalar(0.0);
    private static final Scalar LOWEST = new Scalar(Double.NEGATIVE_INFINITY);

    private Pools() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("MaxPool", Pools::max);
        table.put("AveragePool", Pools::average);
        table.put("GlobalMaxPool", node -> of(in -> torch.amax(in[0], spatial(in[0]), true)));
        table.put("GlobalAveragePool", node -> of(in -> torch.mean(in[0], spatial(in[0]), true, null)));
    }

    private static NativeOperation max(NodeSpec node) {
        SlidingWindow window = SlidingWindow.of(node, node.integers("kernel_shape"));
        boolean up = node.integer("ceil_mode", 0) != 0;
        long[] none = new long[window.axes()];
        node.onlyOutputs(1);
        return of(in -> {
            long[] pads = roundedPads(window, in[0], up);
            boolean plain = plain(window, pads);
            Tensor input = plain ? in[0] : torch.constant_pad_nd(in[0], SlidingWindow.lastAxisFirst(pads), LOWEST);
            long[] padding = plain ? SlidingWindow.begins(pads) : none;
            return switch (window.axes()) {
                case 1 ->
                    torch.max_pool1d(input, window.kernel(), window.strides(), padding, window.dilations(), false);
                case 2 ->
                    torch.max_pool2d(input, window.kernel(), window.strides(), padding, window.dilations(), false);
                default ->
                    torch.max_pool3d(input, window.kernel(), window.strides(), padding, window.dilations(), false);
            };
        });
    }

    private static NativeOperation average(NodeSpec node) {
        SlidingWindow window = SlidingWindow.of(node, node.integers("kernel_shape"));
        boolean up = node.integer("ceil_mode", 0) != 0;
        boolean countPads = node.integer("count_include_pad", 0) != 0;
        for (long dilation : window.dilations()) {
            node.refuse(dilation != 1, "dilations");
        }
        return of(in -> {
            long[] asked = window.padsFor(in[0]);
            long[] pads = roundedPads(window, in[0], up);
            if (plain(window, pads) && Arrays.equals(asked, pads)) {
                return mean(in[0], window, SlidingWindow.begins(pads), countPads);
            }
            long[] none = new long[window.axes()];
            Tensor sums =
                    mean(torch.constant_pad_nd(in[0], SlidingWindow.lastAxisFirst(pads), ZERO), window, none, true);
            Tensor counted =
                    torch.ones_like(in[0].narrow(0, 0, 1).narrow(1, 0, 1)).detach();
            if (countPads) {
                counted = torch.constant_pad_nd(counted, SlidingWindow.lastAxisFirst(asked), new Scalar(1.0));
            }
            long[] rest = pads.clone();
            for (int i = 0; i < rest.length && countPads; i++) {
                rest[i] -= asked[i];
            }
            Tensor shares =
                    mean(torch.constant_pad_nd(counted, SlidingWindow.lastAxisFirst(rest), ZERO), window, none, true);
            return sums.div(shares);
        });
    }

    private static Tensor mean(Tensor input, SlidingWindow window, long[] padding, boolean countPads) {
        LongOptional divisor = new LongOptional();
        return switch (window.axes()) {
            case 1 -> torch.avg_pool1d(input, window.kernel(), window.strides(), padding, false, countPads);
            case 2 -> torch.avg_pool2d(input, window.kernel(), window.strides(), padding, false, countPads, divisor);
            default -> torch.avg_pool3d(input, window.kernel(), window.strides(), padding, false, countPads, divisor);
        };
    }

    /** The pads, the ends grown so that rounding down gives as many outputs as rounding up was to give. */
    private static long[] roundedPads(SlidingWindow window, Tensor input, boolean up) {
        long[] pads = window.padsFor(input).clone();
        if (!up) {
            return pads;
        }
        int axes = window.axes();
        for (int i = 0; i < axes; i++) {
            long size = input.size(input.dim() - axes + i);
            long padded = size + pads[i] + pads[axes + i];
            long stride = window.strides()[i];
            long outputs = (padded - window.extent(i) + stride - 1) / stride + 1;
            if ((outputs - 1) * stride >= size + pads[i]) {
                outputs--;
            }
            pads[axes + i] += Math.max(0, (outputs - 1) * stride + window.extent(i) - padded);
        }
        return pads;
    }

    /** Whether libtorch pads so by itself. */
    private static boolean plain(SlidingWindow window, long[] pads) {
        for (int i = 0; i < window.axes(); i++) {
            if (pads[i] > window.kernel()[i] / 2) {
                return false;
            }
        }
        return SlidingWindow.symmetric(pads);
    }

    private static long[] spatial(Tensor input) {
        long[] axes = new long[Libtorch.dims(input).length - 2];
        for (int i = 0; i < axes.length; i++) {
            axes[i] = i + 2;
        }
        return axes;
    }
}
