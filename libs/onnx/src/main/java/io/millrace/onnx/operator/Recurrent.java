package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.cost.Sizes;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import java.util.List;

/**
 * LSTM, GRU and RNN. X is {@code [time, batch, features]}, with layout 1 {@code [batch, time, features]}; W is {@code
 * [directions, gates*hidden, features]}, R is {@code [directions, gates*hidden, hidden]}.
 */
final class Recurrent {
    private Recurrent() {}

    static void declare() {
        Operators.standard("LSTM").shape(call -> shape(call, 4));
        Operators.standard("GRU").shape(call -> shape(call, 3));
        Operators.standard("RNN").shape(call -> shape(call, 1));
        for (String name : List.of("LSTM", "GRU", "RNN")) {
            Operators.standard(name)
                    .channels(Recurrent::follow)
                    .weights(1, 2)
                    .biases(3, 7)
                    .timeFirst(Recurrent::timeFirst)
                    .macs(Recurrent::macs);
        }
        Operators.runtime("DynamicQuantizeLSTM")
                .weights(1, 2)
                .biases(3, 7)
                .integers(1, 2)
                .scales(8, 10)
                .timeFirst(Recurrent::timeFirst)
                .macs(Recurrent::macs);
    }

    private static void shape(Call call, int gates) {
        Shape x = call.in(0);
        Dim hidden = call.in(2).dim(1).over(Dim.of(gates));
        Dim directions = call.in(2).dim(0);
        boolean timeFirst = timeFirst(call.node());
        Dim time = x.dim(timeFirst ? 0 : 1);
        Dim batch = x.dim(timeFirst ? 1 : 0);
        call.out(
                x.type(),
                timeFirst ? List.of(time, directions, batch, hidden) : List.of(batch, time, directions, hidden));
        List<Dim> state = timeFirst ? List.of(directions, batch, hidden) : List.of(batch, directions, hidden);
        call.out(1, x.type(), state);
        call.out(2, x.type(), state);
    }

    /** Features can be cut, with the columns of W that read them; gates and states go from step to step and stay. */
    private static void follow(Site site) {
        int[] features = site.claim(0, 2);
        int[] columns = site.claim(1, 2);
        Summing.follow(site, features, 0, columns, 1);
        site.seal(0, axis -> axis < 2);
        int[] gates = site.claim(1, 1);
        String reason = "is a gate of " + site.label() + ", whose state goes from step to step";
        site.freeze(site.layout(1).only(axis -> axis < 2), reason);
        for (int i = 2; i < site.inputs(); i++) {
            site.freeze(i, reason);
        }
        site.giveAll(Layout.NONE);
        if (gates != null) {
            site.layer(gates, features, 0);
        }
    }

    private static boolean timeFirst(Node node) {
        return node.intAttribute("layout", 0) == 0;
    }

    /** Every step multiplies the whole of W with its input and the whole of R with the state. */
    private static long macs(Sizes sizes) {
        long[] x = sizes.inputSample(0, timeFirst(sizes.node()) ? 1 : 0);
        long step = Math.addExact(Sizes.product(sizes.input(1), 0), Sizes.product(sizes.input(2), 0));
        return Math.multiplyExact(Math.multiplyExact(x[0], x[1]), step);
    }
}
