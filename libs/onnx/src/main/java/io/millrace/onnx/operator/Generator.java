package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.NodeCut.Computed;
import io.millrace.onnx.channels.NodeCut.Fixed;
import io.millrace.onnx.channels.NodeCut.Size;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operators that make tensors of nothing but sizes: constants, ranges, random numbers, and the shape of a tensor. */
final class Generator {
    private Generator() {}

    static void declare() {
        Operators.standard("Constant").shape(Generator::constant);
        Operators.standard("Shape")
                .shape(Generator::shape)
                .channels(Generator::nothing)
                .cut(Generator::cutShape);
        Operators.standard("Size")
                .shape(call -> call.out(
                        ElementType.INT64,
                        Value.scalar(call.in(0).dims().stream().reduce(Dim.of(1), Dim::times))));
        Operators.standard("Range").shape(Generator::range).channels(Generator::nothing);
        Operators.standard("EyeLike").shape(Generator::like).channels(Generator::nothing);
        for (String name : List.of("RandomNormalLike", "RandomUniformLike", "Bernoulli")) {
            Operators.standard(name).shape(Generator::like);
        }
        for (String name : List.of("RandomNormal", "RandomUniform")) {
            Operators.standard(name).shape(Generator::random).channels(Generator::nothing);
        }
    }

    private static void nothing(Site site) {
        site.giveAll(Layout.NONE);
    }

    private static ElementType typeAttribute(Call call, ElementType otherwise) {
        long code = call.attribute("dtype", 0);
        return code == 0 ? otherwise : ElementType.of((int) code);
    }

    private static void like(Call call) {
        call.out(typeAttribute(call, call.in(0).type()), call.in(0).dims());
    }

    private static void random(Call call) {
        call.out(
                typeAttribute(call, ElementType.FLOAT),
                Shape.of(ElementType.FLOAT, call.attribute("shape", new long[0]))
                        .dims());
    }

    private static void constant(Call call) {
        Tensor tensor = call.node()
                .constant()
                .orElseThrow(() -> new UninferableException("its value is no dense tensor of numbers"));
        call.out(tensor.type(), Shape.of(tensor.type(), tensor.dims()).dims());
        Value.of(tensor).ifPresent(call::elements);
    }

    private static void shape(Call call) {
        List<Dim> dims = call.in(0).dims();
        int from = Site.bound(call.attribute("start", 0), dims.size());
        int to = Site.bound(call.attribute("end", dims.size()), dims.size());
        call.out(ElementType.INT64, Value.vector(dims.subList(from, Math.max(from, to))));
    }

    private static void range(Call call) {
        ElementType type = call.in(0).type();
        Dim start = first(call, 0);
        Dim limit = first(call, 1);
        Dim step = first(call, 2);
        if (start == null || limit == null || step == null || !step.known() || step.is(0)) {
            call.out(type, List.of(call.fresh(0, 0)));
            return;
        }
        // ceil(span / step)
        Dim span = limit.minus(start).times(1 / step.real());
        Dim count = span.times(-1).floor().times(-1);
        if (count.known() && count.real() < 0) {
            count = Dim.of(0);
        }
        call.out(type, List.of(count));
        if (count.known() && count.value() <= Value.MOST_ELEMENTS) {
            List<Dim> elements = new ArrayList<>();
            for (int i = 0; i < count.value(); i++) {
                elements.add(start.plus(step.times(i)));
            }
            call.elements(Value.vector(elements));
        }
    }

    private static Dim first(Call call, int input) {
        return call.value(input).map(v -> v.elements()[0]).orElse(null);
    }

    /** Whoever computes with the size of a cut axis keeps the size it had: nodes that need the new one are adapted. */
    private static Node cutShape(NodeCut cut) {
        Node node = cut.node();
        int rank = cut.rank(0);
        int from = Site.bound(node.intAttribute("start", 0), rank);
        int to = Site.bound(node.intAttribute("end", rank), rank);
        boolean harmless =
                !cut.isOutput(0) && cut.readers(0).stream().allMatch(reader -> readsOtherAxes(reader, cut, from, to));
        if (harmless) {
            return node;
        }
        String now = cut.freshName(node.output(0) + "_now");
        List<Size> sizes = new ArrayList<>();
        for (int axis = from; axis < to; axis++) {
            boolean fewer = cut.kept(0, axis) != null;
            sizes.add(fewer ? new Fixed(cut.shape(0).get(axis).value()) : new Computed(now, axis - from));
        }
        cut.computeAfter(sizes, node.output(0));
        return node.withOutputs(List.of(now));
    }

    private static boolean readsOtherAxes(Site reader, NodeCut shape, int from, int to) {
        boolean picks = reader.node().is("Gather")
                && reader.node().input(0).equals(shape.node().output(0));
        long[] indices = picks ? reader.longs(1) : null;
        return indices != null
                && Arrays.stream(indices)
                        .allMatch(i -> shape.kept(0, from + Math.floorMod((int) i, to - from)) == null);
    }
}
