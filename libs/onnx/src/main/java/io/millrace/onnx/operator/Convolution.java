package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.channels.BroadcastOperand;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.Part;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.cost.Sizes;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Convolutions, also in integers and fused with what follows. Data is N x C x spatial. */
final class Convolution {
    private Convolution() {}

    static void declare() {
        Operators.standard("Conv")
                .shape(call -> shape(call, 1, call.in(0).type()))
                .channels(Convolution::follow)
                .cut(Convolution::depthwise)
                .zeroIf(site -> Zeros.madeByLayer(site, 2))
                .weights(1)
                .biases(2)
                .quantization(QuantizationRule.of(Form.CONVOLUTION))
                .macs(sizes -> perOutput(sizes, 1));
        Operators.standard("ConvTranspose")
                .shape(Convolution::transposedShape)
                .channels(Convolution::followTransposed)
                .cut(Convolution::depthwise)
                .zeroIf(site -> Zeros.madeByLayer(site, 2))
                .weights(1)
                .outputAxis(node -> 1)
                .biases(2)
                .macs(Convolution::perInput);
        Operators.standard("DeformConv")
                .shape(call -> shape(call, 1, call.in(0).type()))
                .weights(1)
                .biases(3)
                .macs(sizes -> perOutput(sizes, 1));
        Operators.standard("ConvInteger")
                .shape(call -> shape(call, 1, ElementType.INT32))
                .weights(1)
                .integers(1)
                .macs(sizes -> perOutput(sizes, 1));
        Operators.standard("QLinearConv")
                .shape(call -> shape(call, 3, call.in(7).type()))
                .weights(3)
                .biases(8)
                .integers(3, 8)
                .scales(1, 4, 6)
                .macs(sizes -> perOutput(sizes, 3));
        Operators.runtime("FusedConv")
                .shape(call -> shape(call, 1, call.in(0).type()))
                .channels(Convolution::followFused)
                .cut(Convolution::depthwise)
                .weights(1)
                .biases(2)
                .macs(sizes -> perOutput(sizes, 1));
    }

    private static void shape(Call call, int weight, ElementType type) {
        Shape x = call.in(0);
        Shape w = call.in(weight);
        Call.same(x.dim(1), w.dim(1).times(call.attribute("group", 1)), "channels of input and weight");
        Call.same(Dim.of(x.rank()), Dim.of(w.rank()), "axes of input and weight");
        Window window = Window.of(call, kernelOf(call, w));
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), w.dim(0)));
        for (int i = 0; i < window.rank(); i++) {
            dims.add(window.slide(x.dim(i + 2), i, false));
        }
        call.out(type, dims);
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

    private static void transposedShape(Call call) {
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

    private static void follow(Site site) {
        int groups = groups(site.node());
        long[] weight = site.dims(1);
        long[] input = site.dims(0);
        int[] in = site.claim(0, 1);
        int[] out = site.claim(1, 0);
        freezeKernel(site);
        if (groups == 1) {
            Summing.follow(site, in, 0, site.claim(1, 1), 1);
        } else if (groups == input[1] && weight[1] == 1 && weight[0] > 0) {
            int multiplier = (int) (weight[0] / groups);
            if (in == null || out == null) {
                site.meet(in, 0, out, 1);
            } else {
                IntStream.range(0, out.length).forEach(i -> site.unite(out[i], in[i / multiplier]));
            }
        } else if (site.tensor(1).isEmpty() || weight[0] % groups != 0) {
            site.freezeAll("feeds " + site.label() + ", whose groups read a weight that is computed");
        } else {
            grouped(site, in, out, groups, (int) weight[1] * groups);
        }
        finish(site, in, out, out);
    }

    /** A convolution to which another value is added before an activation. */
    private static void followFused(Site site) {
        follow(site);
        if (site.has(3)) {
            int rank = site.outShape(0).size();
            BroadcastOperand made = new BroadcastOperand(site.given(0), site.outDims(0), site.label());
            site.give(site.unite(rank, List.of(made, site.operand(3, rank))));
        }
    }

    private static int groups(Node node) {
        return (int) node.intAttribute("group", 1);
    }

    private static void freezeKernel(Site site) {
        site.freeze(site.layout(1).only(axis -> axis >= 2), "is a kernel position");
    }

    private static void grouped(Site site, int[] in, int[] out, int groups, int channels) {
        site.freeze(site.layout(1).only(axis -> axis == 1), "is shared by all groups of " + site.label());
        int[] columns = site.groupedColumns(1, groups, channels);
        if (columns == null) {
            site.freezeAll("feeds " + site.label() + ", whose weight is read with other groups elsewhere");
            return;
        }
        site.meet(in, 0, columns, 1);
        site.markColumns(columns, 0);
        site.balance(columns, groups);
        if (out != null) {
            site.balance(out, groups);
        }
    }

    private static void followTransposed(Site site) {
        int groups = groups(site.node());
        long[] weight = site.dims(1);
        int[] in = site.claim(0, 1);
        int[] rows = site.claim(1, 0);
        int[] out = site.claim(1, 1);
        freezeKernel(site);
        if (groups == 1) {
            Summing.follow(site, in, 0, rows, 1);
            finish(site, in, out, out);
        } else if (groups == weight[0]) {
            // Channel c makes the outputs c * multiplier and on, with one row of the weight.
            int multiplier = (int) weight[1];
            site.meet(in, 0, rows, 1);
            if (out != null) {
                site.freeze(out, "is shared by all groups of " + site.label());
            }
            int[] made = rows == null
                    ? null
                    : IntStream.range(0, rows.length * multiplier)
                            .map(i -> rows[i / multiplier])
                            .toArray();
            finish(site, in, made, rows);
        } else {
            // Column j makes output j of every group.
            site.meet(in, 0, rows, 1);
            int[] made = out == null
                    ? null
                    : IntStream.range(0, out.length * groups)
                            .map(i -> out[i % out.length])
                            .toArray();
            if (rows != null) {
                site.balance(rows, groups);
                Summing.columns(site, rows, 1, 0);
            }
            finish(site, in, made, out);
        }
    }

    /** Gives the result its atoms: the batch passes, the channels are new, the rest of the window is mixed. */
    private static void finish(Site site, int[] in, int[] out, int[] rows) {
        if (rows != null && site.isStored(1)) {
            site.markRows(rows);
        }
        int[] bias = site.claim(2, 0);
        if (bias != null) {
            site.markRows(bias);
            site.meet(bias, 2, out, 1);
        }
        Layout passed = site.seal(0, axis -> axis >= 2).only(axis -> axis == 0);
        site.give(out == null ? passed : passed.plus(Part.of(1, out)));
        site.layer(out, in, 0);
    }

    private static Node depthwise(NodeCut cut) {
        long groups = groups(cut.node());
        boolean everyChannel = groups > 1 && cut.shape(0).get(1).is(groups) && !cut.isGrouped(1);
        return everyChannel ? cut.node().with("group", cut.size(0, 1)) : cut.node();
    }

    /** Each output is a sum over the kernel and the channels of its group: {@code [M, C/group, kernel...]}. */
    private static long perOutput(Sizes sizes, int weight) {
        return Math.multiplyExact(Sizes.product(sizes.outputSample(), 0), Sizes.product(sizes.input(weight), 1));
    }

    /** Each input is spread over the kernel and the channels of its group: {@code [C, M/group, kernel...]}. */
    private static long perInput(Sizes sizes) {
        return Math.multiplyExact(Sizes.product(sizes.inputSample(0, 0), 0), Sizes.product(sizes.input(1), 1));
    }
}
