package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/** Operators whose choice depends on the data. */
final class Selection {
    private static final Setting K = new Setting("k", 1, 10);

    private Selection() {}

    static void declare() {
        Operators.standard("TopK").shape(Selection::topK).settings(K);
        Operators.standard("OneHot").shape(Selection::oneHot);
        Operators.standard("NonZero")
                .shape(call -> call.out(
                        ElementType.INT64, List.of(Dim.of(Math.max(1, call.in(0).rank())), call.fresh(0, 1))));
        Operators.standard("NonMaxSuppression")
                .shape(call -> call.out(ElementType.INT64, List.of(call.fresh(0, 0), Dim.of(3))));
        Operators.standard("Compress").shape(Selection::compress);
        Operators.standard("ReverseSequence").shape(Call::outAsIn);
        Operators.standard("RotaryEmbedding").shape(Call::outAsIn);
    }

    private static void topK(Call call) {
        Shape x = call.in(0);
        int axis = Call.axis(call.attribute("axis", -1), x.rank());
        Dim count = call.given(K.input())
                ? call.value(K.input()).map(v -> v.elements()[0]).orElse(null)
                : Dim.of(call.attribute(K.attribute(), 1));
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.set(axis, count == null ? call.fresh(0, axis) : count);
        call.out(0, x.type(), dims);
        call.out(1, ElementType.INT64, dims);
    }

    private static void oneHot(Call call) {
        List<Dim> dims = new ArrayList<>(call.in(0).dims());
        int axis = Call.axis(call.attribute("axis", -1), dims.size() + 1);
        Dim depth = call.value(1).map(v -> v.elements()[0]).orElse(null);
        dims.add(axis, depth == null ? call.fresh(0, axis) : depth);
        call.out(call.in(2).type(), dims);
    }

    private static void compress(Call call) {
        Shape x = call.in(0);
        if (call.node().attribute("axis").isEmpty()) {
            call.out(x.type(), List.of(call.fresh(0, 0)));
            return;
        }
        int axis = Call.axis(call.attribute("axis", 0), x.rank());
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.set(axis, call.fresh(0, axis));
        call.out(x.type(), dims);
    }
}
