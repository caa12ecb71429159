package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.Libtorch;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Convolution and transposed convolution of one to three spatial axes, in groups, dilated, padded in any way. */
final class Convolutions {
    private static final Scalar ZERO = new Scalar(0.0);

    private Convolutions() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("Conv", Convolutions::convolution);
        table.put("ConvTranspose", Convolutions::transposed);
    }

    private static NativeOperation convolution(NodeSpec node) {
        Function<Tensor, SlidingWindow> windows = window(node);
        long groups = node.integer("group", 1);
        return of(in -> {
            SlidingWindow window = windows.apply(in[1]);
            long[] none = new long[window.axes()];
            long[] pads = window.padsFor(in[0]);
            boolean symmetric = SlidingWindow.symmetric(pads);
            Tensor input = symmetric ? in[0] : torch.constant_pad_nd(in[0], SlidingWindow.lastAxisFirst(pads), ZERO);
            long[] padding = symmetric ? SlidingWindow.begins(pads) : none;
            return torch.convolution(
                    input, in[1], bias(in), window.strides(), padding, window.dilations(), false, none, groups);
        });
    }

    /** The padded part of the output is cut off after the fact where libtorch has no such padding. */
    private static NativeOperation transposed(NodeSpec node) {
        Function<Tensor, SlidingWindow> windows = window(node);
        long groups = node.integer("group", 1);
        long[] givenPadding = node.integers("output_padding");
        long[] outputShape = node.integers("output_shape");
        return of(in -> {
            SlidingWindow window = windows.apply(in[1]);
            int axes = window.axes();
            long[] none = new long[axes];
            long[] outputPadding = givenPadding == null ? none : givenPadding;
            long[] pads = transposedPads(window, in[0], outputPadding, outputShape);
            if (SlidingWindow.symmetric(pads)) {
                return torch.convolution(
                        in[0],
                        in[1],
                        bias(in),
                        window.strides(),
                        SlidingWindow.begins(pads),
                        window.dilations(),
                        true,
                        outputPadding,
                        groups);
            }
            long[] crop = new long[2 * axes];
            for (int i = 0; i < axes; i++) {
                crop[i] = -pads[i];
                crop[axes + i] = outputPadding[i] - pads[axes + i];
            }
            Tensor full = torch.convolution(
                    in[0], in[1], new TensorOptional(), window.strides(), none, window.dilations(), true, none, groups);
            Tensor cut = torch.constant_pad_nd(full, SlidingWindow.lastAxisFirst(crop), ZERO);
            if (in.length < 3 || in[2] == null) {
                return cut;
            }
            long[] channels = new long[axes + 1];
            Arrays.fill(channels, 1);
            channels[0] = in[2].numel();
            return cut.add(in[2].reshape(channels));
        });
    }

    private static long[] transposedPads(SlidingWindow window, Tensor input, long[] outputPadding, long[] outputShape) {
        boolean same = window.autoPad().startsWith("SAME");
        if (outputShape == null && !same) {
            return window.autoPad().equals("VALID") ? new long[2 * window.axes()] : window.pads();
        }
        int axes = window.axes();
        long[] pads = new long[2 * axes];
        for (int i = 0; i < axes; i++) {
            long size = input.size(input.dim() - axes + i);
            long stride = window.strides()[i];
            long wanted = outputShape == null ? size * stride : outputShape[outputShape.length - axes + i];
            long total = stride * (size - 1) + outputPadding[i] + window.extent(i) - wanted;
            if (total < 0) {
                // More is asked than the windows reach: the end is filled up.
                pads[axes + i] = total;
                continue;
            }
            long half = total / 2;
            pads[i] = window.autoPad().equals("SAME_UPPER") ? half : total - half;
            pads[axes + i] = total - pads[i];
        }
        return pads;
    }

    private static TensorOptional bias(Tensor[] in) {
        return in.length > 2 && in[2] != null ? new TensorOptional(in[2]) : new TensorOptional();
    }

    /** The window; where the file does not name the kernel, that of the weights. */
    private static Function<Tensor, SlidingWindow> window(NodeSpec node) {
        long[] kernel = node.integers("kernel_shape");
        if (kernel != null) {
            SlidingWindow window = SlidingWindow.of(node, kernel);
            return weights -> window;
        }
        return weights -> {
            long[] dims = Libtorch.dims(weights);
            return SlidingWindow.of(node, Arrays.copyOfRange(dims, 2, dims.length));
        };
    }
}
