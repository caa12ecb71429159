package io.millrace.tensor.operator;

import io.millrace.tensor.Libtorch;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * The sliding window of a convolution or a pooling: one entry for each spatial axis.
 *
 * @param pads begins, then ends; may be asymmetric or negative
 * @param autoPad NOTSET, VALID, SAME_UPPER or SAME_LOWER: if not NOTSET, {@code pads} is not read
 */
record SlidingWindow(long[] kernel, long[] strides, long[] dilations, long[] pads, String autoPad) {

    /** The window of a node whose kernel, strides, ... are attributes. */
    static SlidingWindow of(NodeSpec node, long[] kernel) {
        int axes = kernel.length;
        node.refuse(axes < 1 || axes > 3, axes + " spatial axes");
        return new SlidingWindow(
                kernel,
                orElse(node.integers("strides"), axes, 1),
                orElse(node.integers("dilations"), axes, 1),
                orElse(node.integers("pads"), 2 * axes, 0),
                node.text("auto_pad", "NOTSET"));
    }

    private static long[] orElse(long[] values, int count, long otherwise) {
        if (values != null) {
            return values;
        }
        long[] filled = new long[count];
        Arrays.fill(filled, otherwise);
        return filled;
    }

    int axes() {
        return kernel.length;
    }

    /** Extent of the window along an axis, gaps included. */
    long extent(int axis) {
        return (kernel[axis] - 1) * dilations[axis] + 1;
    }

    /** The pads for this input: begins, then ends. */
    long[] padsFor(Tensor input) {
        long[] dims = Libtorch.dims(input);
        return switch (autoPad) {
            case "SAME_UPPER", "SAME_LOWER" -> {
                long[] same = new long[2 * axes()];
                for (int i = 0; i < axes(); i++) {
                    long size = dims[dims.length - axes() + i];
                    long outputs = (size + strides[i] - 1) / strides[i];
                    long total = Math.max(0, (outputs - 1) * strides[i] + extent(i) - size);
                    long begin = autoPad.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                    same[i] = begin;
                    same[axes() + i] = total - begin;
                }
                yield same;
            }
            case "VALID" -> new long[2 * axes()];
            default -> pads;
        };
    }

    static boolean symmetric(long[] pads) {
        int axes = pads.length / 2;
        for (int i = 0; i < axes; i++) {
            if (pads[i] != pads[axes + i] || pads[i] < 0) {
                return false;
            }
        }
        return true;
    }

    static long[] begins(long[] pads) {
        return Arrays.copyOf(pads, pads.length / 2);
    }

    /** Pads in libtorch's order: last axis first, begin and end of each. */
    static long[] lastAxisFirst(long[] pads) {
        int axes = pads.length / 2;
        long[] ordered = new long[pads.length];
        for (int i = 0; i < axes; i++) {
            ordered[2 * (axes - 1 - i)] = pads[i];
            ordered[2 * (axes - 1 - i) + 1] = pads[axes + i];
        }
        return ordered;
    }
}
