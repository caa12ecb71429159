package io.millrace.onnx.operator;

import io.millrace.onnx.channels.Site;
import io.millrace.onnx.shape.Call;
import java.util.List;

/** Operators that work along one axis and keep the shape. Before opset 13 Softmax works along all axes from one on. */
final class Softmax {
    private Softmax() {}

    static void declare() {
        for (String name : List.of("Softmax", "LogSoftmax", "Hardmax")) {
            Operators.standard(name).shape(Call::outAsIn).channels(Softmax::follow);
        }
        Operators.standard("Trilu")
                .shape(Call::outAsIn)
                .channels(site -> site.give(site.seal(0, axis -> axis >= site.rank(0) - 2)))
                .zeroWithFirst();
    }

    private static void follow(Site site) {
        int rank = site.rank(0);
        boolean single = site.opset() >= 13;
        int axis = site.axis(single ? -1 : 1, rank);
        site.give(site.seal(0, other -> single ? other == axis : other >= axis));
    }
}
