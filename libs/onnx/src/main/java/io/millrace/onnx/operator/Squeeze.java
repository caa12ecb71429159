package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Squeeze and Unsqueeze: axes of size 1 that come and go. */
final class Squeeze {
    private static final Setting AXES = new Setting("axes", 1, 13);

    private Squeeze() {}

    static void declare() {
        Operators.standard("Squeeze")
                .shape(Squeeze::shape)
                .channels(Squeeze::follow)
                .cut(Squeeze::cut)
                .zeroWithFirst()
                .presents()
                .quantization(QuantizationRule.of(Form.MOVES))
                .settings(AXES);
        Operators.standard("Unsqueeze")
                .shape(Squeeze::unsqueezedShape)
                .channels(Squeeze::follow)
                .zeroWithFirst()
                .presents()
                .quantization(QuantizationRule.of(Form.MOVES))
                .settings(AXES);
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        long[] axes = call.longs(AXES);
        if (axes == null && !x.known()) {
            throw new UninferableException("which dimensions are 1 is known only when the model runs");
        }
        boolean[] gone = axes == null ? null : Call.axes(axes, x.rank());
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (gone == null ? !x.dim(i).is(1) : !gone[i]) {
                dims.add(x.dim(i));
            }
        }
        call.out(x.type(), dims);
        Reshape.keepElements(call, dims);
    }

    private static void unsqueezedShape(Call call) {
        Shape x = call.in(0);
        long[] axes = call.longs(AXES);
        if (axes == null) {
            throw new UninferableException("it has no axes");
        }
        int rank = x.rank() + axes.length;
        boolean[] added = Call.axes(axes, rank);
        List<Dim> dims = new ArrayList<>();
        for (int i = 0, from = 0; i < rank; i++) {
            dims.add(added[i] ? Dim.of(1) : x.dim(from++));
        }
        call.out(x.type(), dims);
        Reshape.keepElements(call, dims);
    }

    private static void follow(Site site) {
        site.give(site.reshape());
    }

    /** A Squeeze that drops every axis of size 1 must not drop one of which the cut leaves a single channel. */
    private static Node cut(NodeCut cut) {
        if (cut.longs(AXES) != null || cut.isComputed(AXES)) {
            return cut.node();
        }
        long[] dropped = IntStream.range(0, cut.rank(0))
                .filter(axis -> cut.shape(0).get(axis).is(1))
                .mapToLong(axis -> axis)
                .toArray();
        return cut.with(cut.node(), AXES, dropped);
    }
}
