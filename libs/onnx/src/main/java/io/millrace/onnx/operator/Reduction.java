package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;

/** One number for all that lies along some axes; what lies along these stays, the other axes pass. */
final class Reduction {
    private static final Setting AXES = new Setting("axes", 1, 18);
    private static final Setting SUM_AXES = new Setting("axes", 1, 13);
    private static final Set<String> ZERO_OF_ZEROS =
            Set.of("ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "ReduceSumSquare");

    private Reduction() {}

    static void declare() {
        for (String name : "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split(" ")) {
            Operator operator = Operators.standard("Reduce" + name)
                    .shape(call -> shape(call, null))
                    .channels(Reduction::follow)
                    .settings(name.equals("Sum") ? SUM_AXES : AXES);
            if (ZERO_OF_ZEROS.contains(operator.name())) {
                operator.zeroWithFirst();
            }
        }
        Operators.standard("ReduceProd").shape(call -> shape(call, Dim::times));
        Operators.standard("ReduceSum").shape(call -> shape(call, Dim::plus));
        Operators.standard("ReduceMin").shape(call -> shape(call, Dim::min));
        for (String name : List.of("ArgMax", "ArgMin")) {
            Operators.standard(name).shape(Reduction::bestShape).channels(Reduction::followBest);
        }
    }

    private static void shape(Call call, BinaryOperator<Dim> function) {
        Shape x = call.in(0);
        long[] axes = call.longs(AXES);
        boolean none = axes == null || axes.length == 0;
        boolean[] reduced = none ? new boolean[x.rank()] : Call.axes(axes, x.rank());
        if (none && call.attribute("noop_with_empty_axes", 0) == 0) {
            Arrays.fill(reduced, true);
        }
        boolean keep = call.attribute("keepdims", 1) == 1;
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (!reduced[i]) {
                dims.add(x.dim(i));
            } else if (keep) {
                dims.add(Dim.of(1));
            }
        }
        call.out(x.type(), dims);
        if (x.rank() == 1 && reduced[0] && call.value(0).filter(Value::complete).isPresent()) {
            Dim result = function == null
                    ? null
                    : Arrays.stream(call.value(0).get().elements())
                            .reduce(function)
                            .orElse(null);
            call.elements(keep ? Value.vector(Arrays.asList(result)) : Value.scalar(result));
        }
    }

    private static void bestShape(Call call) {
        Shape x = call.in(0);
        int axis = Call.axis(call.attribute("axis", 0), x.rank());
        List<Dim> dims = new ArrayList<>(x.dims());
        if (call.attribute("keepdims", 1) == 1) {
            dims.set(axis, Dim.of(1));
        } else {
            dims.remove(axis);
        }
        call.out(ElementType.INT64, dims);
    }

    private static void follow(Site site) {
        long[] axes = site.longs(AXES);
        boolean unknown = site.isComputed(AXES);
        boolean nothing = axes == null || axes.length == 0;
        if (nothing && !unknown && site.node().intAttribute("noop_with_empty_axes", 0) == 1) {
            site.give(site.layout(0));
            return;
        }
        followAlong(site, nothing ? null : axes);
    }

    private static void followBest(Site site) {
        followAlong(site, new long[] {site.node().intAttribute("axis", 0)});
    }

    /** @param axes {@code null} for all */
    private static void followAlong(Site site, long[] axes) {
        int rank = site.rank(0);
        boolean keeps = site.node().intAttribute("keepdims", 1) == 1;
        Layout left = site.seal(0, axis -> axes == null || Site.indexOf(axes, axis, rank) >= 0);
        int[] target = new int[rank];
        for (int axis = 0, to = 0; axis < rank; axis++) {
            boolean gone = !keeps && (axes == null || Site.indexOf(axes, axis, rank) >= 0);
            target[axis] = to;
            to += gone ? 0 : 1;
        }
        site.give(left.moved(axis -> target[axis]));
    }
}
