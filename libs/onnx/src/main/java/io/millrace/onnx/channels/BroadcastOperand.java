package io.millrace.onnx.channels;

import java.util.Arrays;

/**
 * One of several values that meet element by element.
 *
 * @param layout its atoms, axes counted as in the result
 * @param dims its dimensions, 1 for axes it does not have, -1 for unknown ones
 * @param name what to call it where it holds the others back
 */
public record BroadcastOperand(Layout layout, long[] dims, String name) {
    /** An operand of a lower rank than the result. */
    static BroadcastOperand aligned(Layout layout, long[] dims, int rank, String name) {
        int shift = rank - dims.length;
        long[] full = new long[rank];
        Arrays.fill(full, 1);
        System.arraycopy(dims, 0, full, shift, dims.length);
        return new BroadcastOperand(shift == 0 ? layout : layout.moved(axis -> axis + shift), full, name);
    }

    /** Whether it has a part's axes, but not all of them, or not in one part. */
    boolean dividesAxes(Part part) {
        int spanned = 0;
        boolean together = true;
        for (int axis : part.axes()) {
            spanned += spans(axis) ? 1 : 0;
            together &= layout.on(axis) == layout.on(part.axes()[0]);
        }
        return spanned > 0 && (spanned < part.axes().length || !together);
    }

    boolean spans(int axis) {
        return dims[axis] != 1;
    }
}
