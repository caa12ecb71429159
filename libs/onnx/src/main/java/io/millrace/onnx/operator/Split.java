package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A tensor in several pieces along an axis. */
final class Split {
    private static final Setting SIZES = new Setting("split", 1, 13);

    private Split() {}

    static void declare() {
        Operators.standard("Split")
                .shape(Split::shape)
                .channels(Split::follow)
                .cut(Split::cut)
                .zeroWithFirst()
                .quantization(QuantizationRule.of(Form.MOVES))
                .settings(SIZES);
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        int axis = Call.axis(call.attribute("axis", 0), x.rank());
        int parts = call.node().outputs().size();
        long[] sizes = call.longs(SIZES);
        if (sizes != null) {
            Call.same(x.dim(axis), Dim.of(Arrays.stream(sizes).sum()), "the size and the sum of its parts");
        }
        // Without sizes all parts are equal, the last one smaller where they do not divide.
        Dim equal = x.dim(axis).plus(parts - 1).over(Dim.of(parts));
        Dim rest = x.dim(axis);
        for (int i = 0; i < parts; i++) {
            Dim size = sizes != null ? Dim.of(sizes[i]) : i == parts - 1 && rest.known() ? rest : equal;
            List<Dim> dims = new ArrayList<>(x.dims());
            dims.set(axis, size);
            call.out(i, x.type(), dims);
            if (x.rank() == 1 && call.value(0).isPresent() && size.known()) {
                Dim[] all = call.value(0).get().elements();
                int from = all.length - (int) rest.value();
                call.elements(i, Value.vector(Arrays.asList(all).subList(from, from + (int) size.value())));
            }
            rest = rest.minus(size);
        }
    }

    private static void follow(Site site) {
        int axis = site.axis(0, site.rank(0));
        if (site.layout(0).on(axis) == null) {
            site.giveAll(site.layout(0));
            return;
        }
        int from = 0;
        for (int i = 0; i < site.outputs(); i++) {
            int to = from + (int) site.outDims(i)[axis];
            site.give(i, site.select(axis, IntStream.range(from, to).toArray()));
            from = to;
        }
    }

    private static Node cut(NodeCut cut) {
        int axis = cut.axis(0, cut.rank(0));
        if (cut.kept(0, axis) == null) {
            return cut.node();
        }
        long[] sizes = IntStream.range(0, cut.outputs())
                .mapToLong(output -> cut.outSize(output, axis))
                .toArray();
        return cut.with(cut.node(), SIZES, sizes).without("num_outputs");
    }
}
