package io.millrace.svd.layer;

import java.util.List;

/** What a chain costs in the place of one use of a layer: each of its layers runs over the map that those before leave. */
record ChainCost(Layer layer, Layer.Use use) {

    long macs(List<Form> chain) {
        long macs = 0;
        boolean[] done = new boolean[layer.axes()];
        for (Form form : chain) {
            long before = positions(done);
            take(done, form);
            long computed = layer.kind() == Layer.Kind.TRANSPOSED ? before : positions(done);
            macs += form.parameters(layer) * computed;
        }
        return macs;
    }

    double time(List<Form> chain) {
        double time = 0;
        boolean[] done = new boolean[layer.axes()];
        for (Form form : chain) {
            long before = positions(done);
            take(done, form);
            time += TimeEstimate.layer(
                    form.groups(), form.inputs(), form.outputs(), form.taps(layer), before, positions(done));
        }
        return time;
    }

    private static void take(boolean[] done, Form form) {
        for (int axis = 0; axis < done.length; axis++) {
            done[axis] |= form.axes()[axis];
        }
    }

    private long positions(boolean[] done) {
        long positions = 1;
        for (int axis = 0; axis < done.length; axis++) {
            positions *= done[axis] ? use.output()[axis] : use.input()[axis];
        }
        return positions;
    }
}
