package io.millrace.onnx.shape;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that make tensors of nothing but sizes: constants, ranges, random numbers, and the shape of a tensor. */
final class GeneratorRules {
    private GeneratorRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put("Constant", GeneratorRules::constant);
        rules.put("Shape", GeneratorRules::shape);
        rules.put("Size", GeneratorRules::size);
        rules.put("ConstantOfShape", GeneratorRules::filled);
        rules.put("Range", GeneratorRules::range);
        rules.put(
                "EyeLike",
                call -> call.out(
                        typeAttribute(call, call.in(0).type()), call.in(0).dims()));
        for (String op : List.of("RandomNormalLike", "RandomUniformLike", "Bernoulli")) {
            rules.put(
                    op,
                    call -> call.out(
                            typeAttribute(call, call.in(0).type()), call.in(0).dims()));
        }
        for (String op : List.of("RandomNormal", "RandomUniform")) {
            rules.put(
                    op,
                    call -> call.out(
                            typeAttribute(call, ElementType.FLOAT),
                            Shape.of(ElementType.FLOAT, call.attribute("shape", new long[0]))
                                    .dims()));
        }
    }

    private static ElementType typeAttribute(Call call, ElementType otherwise) {
        long code = call.attribute("dtype", 0);
        return code == 0 ? otherwise : ElementType.of((int) code);
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
        int from = bound(call.attribute("start", 0), dims.size());
        int to = bound(call.attribute("end", dims.size()), dims.size());
        call.out(ElementType.INT64, Value.vector(dims.subList(from, Math.max(from, to))));
    }

    private static int bound(long bound, int rank) {
        return (int) Math.max(0, Math.min(rank, bound < 0 ? bound + rank : bound));
    }

    private static void size(Call call) {
        call.out(ElementType.INT64, Value.scalar(call.in(0).dims().stream().reduce(Dim.of(1), Dim::times)));
    }

    private static void filled(Call call) {
        Value shape = call.value(0)
                .orElseThrow(() -> new UninferableException("its shape is known only when the model runs"));
        TensorProto stored = call.node().tensorAttribute("value").orElse(null);
        ElementType type = stored == null ? ElementType.FLOAT : ElementType.of(stored.getDataType());
        List<Dim> dims = new ArrayList<>();
        for (Dim dim : shape.elements()) {
            dims.add(dim == null ? call.fresh(0, dims.size()) : dim);
        }
        call.out(type, dims);
        shape.longs().ifPresent(sizes -> {
            long count = Arrays.stream(sizes).reduce(1, Math::multiplyExact);
            if (count <= Value.MOST_ELEMENTS) {
                Dim[] elements = new Dim[(int) count];
                Arrays.fill(elements, stored == null ? Dim.of(0) : fill(stored));
                call.elements(new Value(sizes, elements));
            }
        });
    }

    private static Dim fill(TensorProto stored) {
        return Tensor.numbers(stored)
                .flatMap(Value::of)
                .filter(v -> v.elements().length == 1)
                .map(v -> v.elements()[0])
                .orElse(null);
    }

    private static void range(Call call) {
        ElementType type = call.in(0).type();
        Dim start = call.value(0).map(v -> v.elements()[0]).orElse(null);
        Dim limit = call.value(1).map(v -> v.elements()[0]).orElse(null);
        Dim step = call.value(2).map(v -> v.elements()[0]).orElse(null);
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
}
