package io.millrace.onnx.shape;

import io.millrace.onnx.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that slide a window over spatial axes: convolutions and pools. Layout N x C x spatial. */
final class WindowRules {
    private WindowRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put("Conv", call -> convolution(call, 1));
        rules.put("FusedConv", call -> convolution(call, 1));
        rules.put("ConvInteger", call -> convolution(call, 1));
        rules.put("QLinearConv", call -> convolution(call, 3));
        rules.put("ConvTranspose", WindowRules::transposed);
        for (String pool : List.of("MaxPool", "AveragePool", "LpPool", "QLinearAveragePool")) {
            rules.put(pool, WindowRules::pool);
        }
        for (String pool : List.of("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "QLinearGlobalAveragePool")) {
            rules.put(pool, WindowRules::global);
        }
    }

    private static void convolution(Call call, int weightInput) {
        Shape x = call.in(0);
        Shape w = call.in(weightInput);
        Call.same(x.dim(1), w.dim(1).times(call.attribute("group", 1)), "channels of input and weight");
        Call.same(Dim.of(x.rank()), Dim.of(w.rank()), "axes of input and weight");
        Window window = Window.of(call, kernelOf(call, w));
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), w.dim(0)));
        for (int i = 0; i < window.rank(); i++) {
            dims.add(window.slide(x.dim(i + 2), i, false));
        }
        call.out(
                switch (call.node().op()) {
                    case "ConvInteger" -> ElementType.INT32;
                    case "QLinearConv" -> call.in(7).type();
                    default -> x.type();
                },
                dims);
    }

    private static long[] kernelOf(Call call, Shape weight) {
        if (weight.rank() < 3 || !weight.known()) {
            throw new UninferableException("its weight has no fixed kernel: " + weight);
        }
        long[] kernel = Arrays.copyOfRange(weight.sized(1), 2, weight.rank());
        if (!Arrays.equals(kernel, call.attribute("kernel_shape", kernel))) {
            throw new UninferableException("kernel_shape and the shape of its weight differ");
        }
        long groups = call.attribute("group", 1);
        if (groups < 1 || weight.dim(0).value() % groups != 0) {
            throw new UninferableException(groups + " groups do not divide " + weight.dim(0) + " channels");
        }
        return kernel;
    }

    private static void transposed(Call call) {
        Shape x = call.in(0);
        Shape w = call.in(1);
        Call.same(x.dim(1), w.dim(0), "channels of input and weight");
        Call.same(Dim.of(x.rank()), Dim.of(w.rank()), "axes of input and weight");
        Window window = Window.of(call, kernelOf(call, w));
        long[] padding = call.attribute("output_padding", new long[window.rank()]);
        long[] shape = call.attribute("output_shape", (long[]) null);
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), w.dim(1).times(call.attribute("group", 1))));
        for (int i = 0; i < window.rank(); i++) {
            boolean fixed = shape != null && shape.length > 0;
            dims.add(
                    fixed
                            ? Dim.of(shape[shape.length - window.rank() + i])
                            : window.spread(x.dim(i + 2), i, padding[i]));
        }
        call.out(x.type(), dims);
    }

    private static void pool(Call call) {
        Shape x = call.in(0);
        long[] kernel = call.attribute("kernel_shape", (long[]) null);
        if (kernel == null) {
            throw new UninferableException("it has no kernel_shape");
        }
        Call.same(Dim.of(x.rank() - 2L), Dim.of(kernel.length), "axes of input and kernel");
        Window window = Window.of(call, kernel);
        boolean ceil = call.attribute("ceil_mode", 0) == 1;
        List<Dim> dims = new ArrayList<>(x.dims().subList(0, 2));
        for (int i = 0; i < window.rank(); i++) {
            dims.add(window.slide(x.dim(i + 2), i, ceil));
        }
        call.out(x.type(), dims);
        call.out(1, ElementType.INT64, dims);
    }

    private static void global(Call call) {
        Shape x = call.in(0);
        List<Dim> dims = new ArrayList<>(x.dims().subList(0, 2));
        while (dims.size() < x.rank()) {
            dims.add(Dim.of(1));
        }
        call.out(x.type(), dims);
    }

    /** Where a window of several axes may stand. */
    private record Window(long[] kernel, long[] strides, long[] dilations, long[] pads, String autoPad) {
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
}
