package io.millrace.onnx.channels;

import java.util.HashMap;
import java.util.Map;

/**
 * Tells whether channels that are zero stay zero behind an operator. It decides how a channel is switched off: by its
 * rows alone, or also by the columns that read what an activation such as Sigmoid makes of zero.
 */
public final class Zeros {
    private Zeros() {}

    /**
     * {@return whether the channels of an input are zero with their rows, or are stored rows themselves}
     *
     * @param site the node
     * @param input number of the input, from 0
     */
    public static boolean canBe(NodeView site, int input) {
        return site.keepsZero(input) || site.tensor(input).isPresent();
    }

    /**
     * {@return whether a layer's weight can be made zero, and its bias is none, zero, or a number for each channel}
     *
     * @param site the node
     * @param bias number of the bias among the inputs, negative if there is none
     */
    public static boolean madeByLayer(NodeView site, int bias) {
        if (!canBe(site, 1)) {
            return false;
        }
        return bias < 0
                || !site.has(bias)
                || site.isZero(bias)
                || canBe(site, bias) && !site.layout(bias).isEmpty();
    }

    /**
     * {@return whether an input has atoms wherever the result has; an axis that is broadcast has none of the result's}
     *
     * @param site the node
     * @param input number of the input, from 0
     */
    public static boolean covers(NodeView site, int input) {
        if (site.outShape(0) == null || site.rank(input) < 0) {
            return false;
        }
        Map<Integer, Integer> own = sizes(site.layout(input), site.outShape(0).size() - site.rank(input));
        return own.entrySet().containsAll(sizes(site.given(0), 0).entrySet());
    }

    private static Map<Integer, Integer> sizes(Layout layout, int shift) {
        Map<Integer, Integer> sizes = new HashMap<>();
        for (Part part : layout.parts()) {
            for (int i = 0; i < part.axes().length; i++) {
                sizes.put(part.axes()[i] + shift, part.dims()[i]);
            }
        }
        return sizes;
    }
}
