package io.millrace.onnx.shape;

import io.millrace.onnx.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Normalisations with statistics, recurrent layers, dropout and (de)quantization. */
final class LayerRules {
    private LayerRules() {}

    static void register(Map<String, Rule> rules) {
        rules.put("BatchNormalization", LayerRules::batchNorm);
        rules.put("InstanceNormalization", call -> {
            Call.same(call.in(0).dim(1), call.in(1).dim(0), "channels of input and scale");
            Call.same(call.in(0).dim(1), call.in(2).dim(0), "channels of input and bias");
            call.out(call.in(0).type(), call.in(0).dims());
        });
        rules.put("LayerNormalization", LayerRules::layerNorm);
        rules.put(
                "SkipLayerNormalization",
                call -> call.out(call.in(0).type(), call.in(0).dims()));
        rules.put("Dropout", LayerRules::dropout);
        rules.put("LSTM", call -> recurrent(call, 4));
        rules.put("GRU", call -> recurrent(call, 3));
        rules.put("RNN", call -> recurrent(call, 1));
        rules.put("QuantizeLinear", LayerRules::quantize);
        rules.put("DequantizeLinear", LayerRules::dequantize);
        rules.put("DynamicQuantizeLinear", LayerRules::dynamicQuantize);
        rules.put("Attention", LayerRules::attention);
    }

    private static void batchNorm(Call call) {
        for (int i = 1; i < 5; i++) {
            Call.same(call.in(0).dim(1), call.in(i).dim(0), "channels of input and parameters");
        }
        call.out(call.in(0).type(), call.in(0).dims());
        for (int i = 1; i < 5; i++) {
            call.out(i, call.in(0).type(), call.in(1).dims());
        }
    }

    private static void layerNorm(Call call) {
        Shape x = call.in(0);
        call.out(x.type(), x.dims());
        int axis = Call.axis(call.attribute("axis", -1), x.rank());
        List<Dim> statistics = new ArrayList<>(x.dims());
        for (int i = axis; i < x.rank(); i++) {
            statistics.set(i, Dim.of(1));
        }
        call.out(1, ElementType.FLOAT, statistics);
        call.out(2, ElementType.FLOAT, statistics);
    }

    private static void dropout(Call call) {
        call.out(call.in(0).type(), call.in(0).dims());
        call.out(
                1,
                call.opset() < 10 ? call.in(0).type() : ElementType.BOOL,
                call.in(0).dims());
    }

    /** X is [time, batch, features], or [batch, time, features] with layout 1; R is [directions, gates*hidden, hidden]. */
    private static void recurrent(Call call, int gates) {
        Shape x = call.in(0);
        Dim hidden = call.in(2).dim(1).over(Dim.of(gates));
        Dim directions = call.in(2).dim(0);
        boolean batchFirst = call.attribute("layout", 0) == 1;
        Dim time = x.dim(batchFirst ? 1 : 0);
        Dim batch = x.dim(batchFirst ? 0 : 1);
        call.out(
                x.type(),
                batchFirst ? List.of(batch, time, directions, hidden) : List.of(time, directions, batch, hidden));
        List<Dim> state = batchFirst ? List.of(batch, directions, hidden) : List.of(directions, batch, hidden);
        call.out(1, x.type(), state);
        call.out(2, x.type(), state);
    }

    private static void quantize(Call call) {
        long code = call.attribute("output_dtype", 0);
        ElementType type =
                call.given(2) ? call.in(2).type() : code == 0 ? ElementType.UINT8 : ElementType.of((int) code);
        call.out(type, call.in(0).dims());
    }

    private static void dequantize(Call call) {
        long code = call.attribute("output_dtype", 0);
        call.out(
                code == 0 ? call.in(1).type() : ElementType.of((int) code),
                call.in(0).dims());
    }

    private static void dynamicQuantize(Call call) {
        call.out(ElementType.UINT8, call.in(0).dims());
        call.out(1, ElementType.FLOAT, List.of());
        call.out(2, ElementType.UINT8, List.of());
    }

    /** Scaled dot-product attention on Q, K, V of [batch, heads, tokens, size] or [batch, tokens, heads*size]. */
    private static void attention(Call call) {
        if (!call.node().domain().isEmpty()) {
            throw new UninferableException("Attention of domain " + call.node().domain() + " is not known");
        }
        Shape q = call.in(0);
        List<Dim> dims = new ArrayList<>(q.dims());
        Dim last = call.in(2).dim(-1);
        if (q.rank() == 3) {
            last = last.over(Dim.of(call.attribute("kv_num_heads", 1))).times(call.attribute("q_num_heads", 1));
        }
        dims.set(q.rank() - 1, last);
        call.out(q.type(), dims);
    }
}
