package io.millrace.onnx.operator;

import io.millrace.onnx.channels.Site;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The same elements with the axes in another order. */
final class Transpose {
    private Transpose() {}

    static void declare() {
        Operators.standard("Transpose")
                .shape(Transpose::shape)
                .channels(Transpose::follow)
                .zeroWithFirst()
                .quantization(QuantizationRule.of(Form.MOVES))
                .presents();
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        long[] permutation = call.attribute("perm", (long[]) null);
        if (permutation != null) {
            Call.same(
                    Dim.of(x.rank()),
                    Dim.of(Arrays.stream(permutation).distinct().count()),
                    "axes");
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            int from = permutation == null ? x.rank() - 1 - i : Call.axis(permutation[i], x.rank());
            dims.add(x.dim(from));
        }
        call.out(x.type(), dims);
        call.value(0).ifPresent(value -> {
            long[] sizes = dims.stream().mapToLong(Dim::value).toArray();
            call.elements(value.pick(sizes, to -> {
                int[] from = new int[to.length];
                for (int i = 0; i < to.length; i++) {
                    from[permutation == null ? to.length - 1 - i : Call.axis(permutation[i], to.length)] = to[i];
                }
                return from;
            }));
        });
    }

    private static void follow(Site site) {
        int rank = site.rank(0);
        long[] perm = site.node()
                .intsAttribute(
                        "perm",
                        IntStream.range(0, rank).mapToLong(i -> rank - 1 - i).toArray());
        int[] inverse = new int[rank];
        for (int i = 0; i < rank; i++) {
            inverse[(int) perm[i]] = i;
        }
        site.give(site.layout(0).moved(axis -> inverse[axis]));
    }
}
