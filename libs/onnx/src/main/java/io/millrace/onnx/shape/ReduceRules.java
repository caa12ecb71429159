package io.millrace.onnx.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reductions over axes, given as attribute in older opsets and as input in newer ones. */
final class ReduceRules {
    private ReduceRules() {}

    static void register(Map<String, Rule> rules) {
        for (String op : "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split(" ")) {
            rules.put("Reduce" + op, ReduceRules::reduce);
        }
    }

    private static void reduce(Call call) {
        Shape x = call.in(0);
        long[] axes = call.longs("axes", 1);
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
            elements(call, call.value(0).get().elements(), keep);
        }
    }

    private static void elements(Call call, Dim[] elements, boolean keep) {
        Dim result =
                switch (call.node().op()) {
                    case "ReduceProd" -> Arrays.stream(elements).reduce(Dim.of(1), Dim::times);
                    case "ReduceSum" -> Arrays.stream(elements).reduce(Dim.of(0), Dim::plus);
                    case "ReduceMin" -> Arrays.stream(elements).reduce(Dim::min).orElse(null);
                    default -> null;
                };
        call.elements(keep ? Value.vector(Arrays.asList(result)) : Value.scalar(result));
    }
}
