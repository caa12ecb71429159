package io.millrace.svd.calibration;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.svd.layer.Layer;
import java.util.Arrays;

/** Where in a map of any number of axes a convolution's kernel reads. */
final class PatchWindow {
    private final int[] in;
    private final int[] out;
    private final int[] kernel;
    private final int[] strides;
    private final int[] dilations;
    private final int[] pads;

    private PatchWindow(int[] in, int[] out, int[] kernel, int[] strides, int[] dilations, int[] pads) {
        this.in = in;
        this.out = out;
        this.kernel = kernel;
        this.strides = strides;
        this.dilations = dilations;
        this.pads = pads;
    }

    /** Of a kernel of one element at every position of a map. */
    static PatchWindow point(Tensor x) {
        int[] in = mapOf(x);
        int[] ones = new int[in.length];
        Arrays.fill(ones, 1);
        return new PatchWindow(in, in, ones, ones, ones, new int[in.length]);
    }

    static PatchWindow of(Layer layer, Node conv, Tensor x) {
        int[] in = mapOf(x);
        int axes = in.length;
        int[] out = new int[axes];
        int[] kernel = new int[axes];
        int[] strides = new int[axes];
        int[] dilations = new int[axes];
        int[] leading = new int[axes];
        long[] pads = conv.intsAttribute("pads");
        String auto = conv.stringAttribute("auto_pad", "NOTSET");
        for (int axis = 0; axis < axes; axis++) {
            kernel[axis] = layer.kernel(axis);
            strides[axis] = at(conv.intsAttribute("strides"), axis, 1);
            dilations[axis] = at(conv.intsAttribute("dilations"), axis, 1);
            int extent = (kernel[axis] - 1) * dilations[axis] + 1;
            if (auto.startsWith("SAME")) {
                out[axis] = (in[axis] + strides[axis] - 1) / strides[axis];
                int total = Math.max(0, (out[axis] - 1) * strides[axis] + extent - in[axis]);
                leading[axis] = auto.equals("SAME_LOWER") ? (total + 1) / 2 : total / 2;
            } else {
                boolean given = auto.equals("NOTSET");
                leading[axis] = given ? at(pads, axis, 0) : 0;
                int both = given ? leading[axis] + at(pads, axes + axis, 0) : 0;
                out[axis] = Math.max(0, (in[axis] + both - extent) / strides[axis] + 1);
            }
        }
        return new PatchWindow(in, out, kernel, strides, dilations, leading);
    }

    private static int at(long[] values, int axis, int otherwise) {
        return axis < values.length ? (int) values[axis] : otherwise;
    }

    private static int[] mapOf(Tensor x) {
        int[] map = new int[x.rank() - 2];
        for (int axis = 0; axis < map.length; axis++) {
            map[axis] = (int) x.dim(axis + 2);
        }
        return map;
    }

    /** Elements of the map that is read. */
    int map() {
        return product(in);
    }

    /** Positions at which the kernel is laid. */
    int positions() {
        return product(out);
    }

    int taps() {
        return product(kernel);
    }

    private static int product(int[] sizes) {
        int product = 1;
        for (int size : sizes) {
            product *= size;
        }
        return product;
    }

    /** Fills in, for each element of the kernel, the element of the map that it meets at a position; -1 outside. */
    void sources(int position, int[] sources) {
        for (int k = 0; k < sources.length; k++) {
            int place = position;
            int tap = k;
            int source = 0;
            int step = 1;
            for (int axis = in.length - 1; axis >= 0; axis--) {
                int at = place % out[axis] * strides[axis] + tap % kernel[axis] * dilations[axis] - pads[axis];
                place /= out[axis];
                tap /= kernel[axis];
                source = at < 0 || at >= in[axis] || source < 0 ? -1 : source + at * step;
                step *= in[axis];
            }
            sources[k] = source;
        }
    }
}
