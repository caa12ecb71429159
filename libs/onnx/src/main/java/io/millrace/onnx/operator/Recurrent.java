package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import io.millrace.onnx.cost.Sizes;

/**
 * LSTM, GRU and RNN. X is {@code [time, batch, features]}, with layout 1 {@code [batch, time, features]}; W is {@code
 * [directions, gates*hidden, features]}, R is {@code [directions, gates*hidden, hidden]}.
 */
final class Recurrent {
    private Recurrent() {}

    static void declare() {
        for (String name : new String[] {"LSTM", "GRU", "RNN"}) {
            Operators.standard(name)
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

    private static boolean timeFirst(Node node) {
        return node.intAttribute("layout", 0) == 0;
    }

    /** Every step multiplies the whole of W with its input and the whole of R with the state. */
    private static long macs(Sizes sizes) {
        int batchAxis = timeFirst(sizes.node()) ? 1 : 0;
        long[] x = sizes.inputSample(0, batchAxis);
        long step = Math.addExact(Sizes.product(sizes.input(1), 0), Sizes.product(sizes.input(2), 0));
        return Math.multiplyExact(Math.multiplyExact(x[0], x[1]), step);
    }
}
