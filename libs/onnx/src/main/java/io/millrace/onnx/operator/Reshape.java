package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.ChannelShuffle;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.NodeCut.Computed;
import io.millrace.onnx.channels.NodeCut.Fixed;
import io.millrace.onnx.channels.NodeCut.Size;
import io.millrace.onnx.channels.Part;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reshape and Flatten: the same elements in the same order under other dimensions. */
final class Reshape {
    private static final Setting SHAPE = new Setting("shape", 1, 5);
    private static final int MOST_AXES = 64;

    private Reshape() {}

    static void declare() {
        Operators.standard("Reshape")
                .shape(Reshape::shape)
                .channels(Reshape::follow)
                .cut(Reshape::cut)
                .zeroWithFirst()
                .presents()
                .quantization(QuantizationRule.of(Form.MOVES))
                .settings(SHAPE);
        Operators.standard("Flatten")
                .shape(Reshape::flattenedShape)
                .channels(site -> site.give(site.reshape()))
                .zeroWithFirst()
                .quantization(QuantizationRule.of(Form.MOVES))
                .presents();
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        Dim[] target = target(call, 1);
        boolean copyZero = call.attribute("allowzero", 0) == 0;
        List<Dim> dims = new ArrayList<>();
        int open = -1;
        boolean told = true;
        for (int i = 0; i < target.length; i++) {
            Dim dim = target[i];
            if (dim == null) {
                told = false;
                dim = call.fresh(0, i);
            } else if (dim.is(0) && copyZero) {
                dim = x.dim(i);
            } else if (dim.is(-1)) {
                open = i;
            }
            dims.add(dim);
        }
        if (open < 0 && told) {
            Call.same(product(x.dims()), product(dims), "elements before and after");
        }
        if (open >= 0) {
            dims.set(open, told ? rest(x.dims(), dims, open) : call.fresh(0, open));
        }
        call.out(x.type(), dims);
        keepElements(call, dims);
    }

    /** The dimensions asked for; {@code null} for those that are not known, where only their number is. */
    static Dim[] target(Call call, int input) {
        if (call.value(input).isPresent()) {
            return call.value(input).get().elements().clone();
        }
        Dim rank = call.in(input).dim(0);
        if (!rank.known() || rank.value() > MOST_AXES) {
            throw new UninferableException("its target shape is known only when the model runs");
        }
        return new Dim[(int) rank.value()];
    }

    /** The size that makes {@code dims} hold as many elements as {@code all}. */
    private static Dim rest(List<Dim> all, List<Dim> dims, int open) {
        List<Dim> total = new ArrayList<>(all);
        Dim divisor = Dim.of(1);
        for (int i = 0; i < dims.size(); i++) {
            if (i != open && !total.remove(dims.get(i))) {
                divisor = divisor.times(dims.get(i));
            }
        }
        return product(total).over(divisor);
    }

    private static Dim product(List<Dim> dims) {
        return dims.stream().reduce(Dim.of(1), Dim::times);
    }

    /** The elements stay, in the same order, under the new dimensions. */
    static void keepElements(Call call, List<Dim> dims) {
        if (dims.stream().allMatch(Dim::known)) {
            long[] sizes = dims.stream().mapToLong(Dim::value).toArray();
            call.value(0).ifPresent(value -> call.elements(new Value(sizes, value.elements())));
        }
    }

    private static void flattenedShape(Call call) {
        Shape x = call.in(0);
        int axis = (int) call.attribute("axis", 1);
        axis = axis < 0 ? axis + x.rank() : axis;
        List<Dim> dims =
                List.of(product(x.dims().subList(0, axis)), product(x.dims().subList(axis, x.rank())));
        call.out(x.type(), dims);
        keepElements(call, dims);
    }

    /** The two Reshapes of a shuffle are not followed one by one: in between, only the other axes can be cut. */
    private static void follow(Site site) {
        ChannelShuffle ends = site.shuffle();
        ChannelShuffle around = site.aroundIt();
        if (ends != null) {
            Layout whole = site.shuffled(ends);
            Part part = whole.on(ends.axis());
            if (part == null) {
                site.give(whole);
                return;
            }
            int[] order = Arrays.stream(ends.order()).map(i -> part.ids()[i]).toArray();
            site.give(whole.only(axis -> axis != ends.axis()).plus(Part.of(ends.axis(), order)));
        } else if (around != null) {
            site.give(site.shuffled(around).only(axis -> axis != around.axis()).moved(around::inside));
        } else {
            site.give(site.reshape());
        }
    }

    private static Node cut(NodeCut cut) {
        ChannelShuffle ends = cut.shuffle();
        int[] kept = ends == null ? null : cut.kept(ends);
        if (kept == null) {
            return withShape(cut, SHAPE.input(), true).without("allowzero");
        }
        String indices = cut.store("order", NodeCut.moved(Arrays.stream(ends.order()), kept));
        return Node.of(
                        "Gather",
                        cut.node().name(),
                        List.of(ends.value(), indices),
                        cut.node().outputs())
                .with("axis", ends.axis());
    }

    /**
     * The node with the shape its result has after the cut as its target.
     *
     * @param reshapes whether 0 in the target stands for the size that was, and -1 for the rest
     */
    static Node withShape(NodeCut cut, int input, boolean reshapes) {
        List<Dim> dims = cut.outShape(0);
        List<Dim> in = cut.shape(0);
        long[] given = cut.tensor(input).map(t -> t.longs()).orElse(null);
        List<Size> sizes = new ArrayList<>();
        long open = dims.stream().filter(dim -> !dim.known()).count();
        int shift = dims.size() - (int) cut.shape(input).get(0).value();
        for (int axis = 0; axis < dims.size(); axis++) {
            long size = cut.outSize(0, axis);
            if (size >= 0) {
                sizes.add(new Fixed(size));
            } else if (axis < shift) {
                sizes.add(new Fixed(1));
            } else if (given != null) {
                sizes.add(new Fixed(given[axis - shift]));
            } else if (reshapes && axis < in.size() && in.get(axis).equals(dims.get(axis))) {
                sizes.add(new Fixed(0));
            } else if (reshapes && open == 1) {
                sizes.add(new Fixed(-1));
            } else {
                sizes.add(new Computed(cut.node().input(input), axis - shift));
            }
        }
        return cut.node().withInput(input, cut.vector(sizes));
    }
}
