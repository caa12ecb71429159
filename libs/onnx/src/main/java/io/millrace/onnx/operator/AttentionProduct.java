package io.millrace.onnx.operator;

import io.millrace.onnx.cost.Sizes;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Attention in one node: the product of queries and keys, the product of the scores and the values, and with ONNX
 * Runtime's {@code Attention} the projections before them.
 */
final class AttentionProduct {
    private AttentionProduct() {}

    static void declare() {
        Operators.standard("Attention").shape(AttentionProduct::shape).macs(AttentionProduct::standard);
        Operators.runtime("Attention")
                .shape(AttentionProduct::projectedShape)
                .weights(1)
                .biases(2)
                .macs(AttentionProduct::projected);
        Operators.runtime("MultiHeadAttention")
                .shape(AttentionProduct::multiHeadShape)
                .macs(AttentionProduct::multiHead);
        Operators.runtime("GroupQueryAttention")
                .shape(AttentionProduct::groupedShape)
                .macs(AttentionProduct::grouped);
    }

    private static void shape(Call call) {
        Shape q = call.in(0);
        List<Dim> dims = new ArrayList<>(q.dims());
        Dim last = call.in(2).dim(-1);
        if (q.rank() == 3) {
            last = last.over(Dim.of(call.attribute("kv_num_heads", 1))).times(call.attribute("q_num_heads", 1));
        }
        dims.set(q.rank() - 1, last);
        call.out(q.type(), dims);
    }

    private static void projectedShape(Call call) {
        List<Dim> dims = new ArrayList<>(call.in(0).dims());
        long[] parts = call.attribute("qkv_hidden_sizes", (long[]) null);
        dims.set(2, parts != null ? Dim.of(parts[2]) : call.in(1).dim(1).over(Dim.of(3)));
        call.out(call.in(0).type(), dims);
    }

    private static void multiHeadShape(Call call) {
        Shape q = call.in(0);
        if (q.rank() == 5) {
            call.out(q.type(), List.of(q.dim(0), q.dim(1), q.dim(2).times(q.dim(4))));
            return;
        }
        List<Dim> dims = new ArrayList<>(q.dims());
        if (call.given(2)) {
            Shape v = call.in(2);
            dims.set(2, v.rank() == 4 ? v.dim(1).times(v.dim(3)) : v.dim(2));
        }
        call.out(q.type(), dims);
    }

    private static void groupedShape(Call call) {
        if (!call.given(1)) {
            throw new UninferableException("queries, keys and values come packed in one input");
        }
        call.outAsIn();
    }

    /** Q, K, V of {@code [batch, heads, tokens, size]} or {@code [batch, tokens, heads*size]}; a past lengthens K and V. */
    private static long standard(Sizes sizes) {
        long[] q = sizes.inputSample(0, 0);
        long[] k = sizes.input(1);
        long[] v = sizes.input(2);
        long past = sizes.has(4) ? sizes.input(4)[2] : 0;
        long keys = Math.addExact(k[k.length - 2], past);
        long heads = q.length == 4 ? q[1] : sizes.node().intAttribute("q_num_heads", 1);
        long queries = Math.multiplyExact(q[0], q[q.length - 2]);
        long qk = q.length == 4 ? q[3] : q[2] / heads;
        long value = v.length == 4 ? v[3] : v[2] / sizes.node().intAttribute("kv_num_heads", 1);
        return pairs(Math.multiplyExact(queries, heads), keys, Math.addExact(qk, value));
    }

    private static long pairs(long queries, long keys, long size) {
        return Math.multiplyExact(Math.multiplyExact(queries, keys), size);
    }

    /** Input {@code [batch, tokens, features]}, weight {@code [features, queries + keys + values]}. */
    private static long projected(Sizes sizes) {
        long[] x = sizes.inputSample(0, 0);
        long[] weight = sizes.input(1);
        long[] parts = sizes.node().intsAttribute("qkv_hidden_sizes", weight[1] / 3, weight[1] / 3, weight[1] / 3);
        long past = sizes.has(4) ? sizes.input(4)[3] : 0;
        long tokens = Math.multiplyExact(x[0], x[1]);
        long projection = Math.multiplyExact(
                tokens, Math.multiplyExact(weight[0], Arrays.stream(parts).sum()));
        return Math.addExact(projection, pairs(tokens, x[1] + past, Math.addExact(parts[0], parts[2])));
    }

    /** Query {@code [batch, tokens, size]} with key and value likewise; keys of four axes come from elsewhere. */
    private static long multiHead(Sizes sizes) {
        long[] q = sizes.inputSample(0, 0);
        if (q.length == 5) {
            return pairs(Math.multiplyExact(q[0], q[1]), q[1], 2 * q[2] * q[4]);
        }
        long[] k = sizes.input(1);
        boolean packed = k.length == 5;
        long past = sizes.has(6) ? sizes.input(6)[2] : 0;
        long keys = k.length == 4 ? k[2] : k[1];
        long values = packed ? q[2] : values(sizes, sizes.input(2));
        return pairs(Math.multiplyExact(q[0], q[1]), keys + past, Math.addExact(q[2], values));
    }

    private static long values(Sizes sizes, long[] v) {
        return v.length == 4 ? v[1] * v[3] : v[2];
    }

    /** Fewer heads of keys and values than of queries; a past lengthens them. */
    private static long grouped(Sizes sizes) {
        if (!sizes.has(1)) {
            throw new UninferableException("queries, keys and values come packed in one input");
        }
        long[] q = sizes.inputSample(0, 0);
        long past = sizes.has(3) ? sizes.input(3)[2] : 0;
        long keys = Math.addExact(sizes.input(1)[1], past);
        return pairs(Math.multiplyExact(q[0], q[1]), keys, Math.multiplyExact(2, q[2]));
    }
}
