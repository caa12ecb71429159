package io.millrace.onnx.operator;

import io.millrace.onnx.channels.Site;
import io.millrace.onnx.shape.Call;

/** CumSum: running sums along one axis, which the second input names. */
final class RunningSum {
    private RunningSum() {}

    static void declare() {
        Operators.standard("CumSum")
                .shape(Call::outAsIn)
                .channels(RunningSum::follow)
                .zeroWithFirst();
    }

    private static void follow(Site site) {
        int rank = site.rank(0);
        long[] axis = site.longs(1);
        site.give(site.seal(0, other -> axis == null || other == Math.floorMod((int) axis[0], rank)));
    }
}
