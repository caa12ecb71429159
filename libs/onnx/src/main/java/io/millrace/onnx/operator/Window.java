package io.millrace.onnx.operator;

import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import java.util.Arrays;

/** Where a window of several axes may stand. */
record Window(long[] kernel, long[] strides, long[] dilations, long[] pads, String autoPad) {
    static Window of(Call call, long[] kernel) {
        long[] ones = new long[kernel.length];
        Arrays.fill(ones, 1);
        return new Window(
                kernel,
                call.attribute("strides", ones),
                call.attribute("dilations", ones),
                call.attribute("pads", new long[2 * kernel.length]),
                call.node().stringAttribute("auto_pad", "NOTSET"));
    }

    int rank() {
        return kernel.length;
    }

    private boolean same() {
        return autoPad.startsWith("SAME");
    }

    private long padding(int i) {
        return autoPad.equals("VALID") ? 0 : Math.addExact(pads[i], pads[i + rank()]);
    }

    private long extent(int i) {
        return Math.addExact(Math.multiplyExact(kernel[i] - 1, dilations[i]), 1);
    }

    /** How often the window fits into {@code size}. */
    Dim slide(Dim size, int i, boolean ceil) {
        Dim stride = Dim.of(strides[i]);
        if (same()) {
            return size.plus(strides[i] - 1).over(stride);
        }
        Dim room = size.plus(padding(i) - extent(i));
        if (!ceil) {
            return room.over(stride).plus(1);
        }
        Dim count = room.plus(strides[i] - 1).over(stride).plus(1);
        boolean startsInPadding = count.known()
                && size.known()
                && (count.value() - 1) * strides[i] >= size.value() + (autoPad.equals("VALID") ? 0 : pads[i]);
        return startsInPadding ? count.plus(-1) : count;
    }

    /** What a transposed window makes of {@code size}. */
    Dim spread(Dim size, int i, long outputPadding) {
        return same()
                ? size.times(strides[i])
                : size.plus(-1).times(strides[i]).plus(outputPadding + extent(i) - padding(i));
    }
}
