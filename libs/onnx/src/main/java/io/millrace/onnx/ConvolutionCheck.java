package io.millrace.onnx;

import java.util.Arrays;

/** Whether the settings of a convolution fit its stored weight. */
final class ConvolutionCheck {
    private ConvolutionCheck() {}

    /** @param weight the dimensions of the weight */
    static void check(Node node, long[] weight) {
        int axes = weight.length - 2;
        require(node, axes >= 1, "its weight has " + weight.length + " axes; it needs 3 or more");
        positive(node, "strides", axes);
        positive(node, "dilations", axes);
        long[] pads = node.intsAttribute("pads", (long[]) null);
        require(
                node,
                pads == null || pads.length == 2 * axes,
                "it has " + (pads == null ? 0 : pads.length) + " pads for " + axes + " axes, not " + 2 * axes);
        long[] kernel = node.intsAttribute("kernel_shape", (long[]) null);
        long[] stored = Arrays.copyOfRange(weight, 2, weight.length);
        require(
                node,
                kernel == null || Arrays.equals(kernel, stored),
                "its kernel_shape is " + Arrays.toString(kernel) + ", but its weight has " + Arrays.toString(stored));
        long group = node.intAttribute("group", 1);
        require(node, group >= 1, "it has " + group + " groups");
        long split = weight[0];
        require(
                node,
                split % group == 0,
                "its " + group + " groups do not divide the " + split + " rows of its weight");
        String auto = node.stringAttribute("auto_pad", "NOTSET");
        require(
                node,
                Arrays.asList("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID").contains(auto),
                "there is no auto_pad " + auto);
    }

    private static void positive(Node node, String attribute, int axes) {
        long[] values = node.intsAttribute(attribute, (long[]) null);
        if (values != null) {
            require(
                    node,
                    values.length == axes && Arrays.stream(values).allMatch(v -> v > 0),
                    "its " + attribute + " are " + Arrays.toString(values) + ", not " + axes + " positive numbers");
        }
    }

    private static void require(Node node, boolean condition, String otherwise) {
        if (!condition) {
            throw NodeCheck.broken(node, otherwise);
        }
    }
}
