package io.millrace.pruning;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.Slot;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.cost.LayerCost;
import java.util.HashMap;
import java.util.Map;

/**
 * Multiply-accumulates of a model without some of its channels, counted from what is left of each weight's axes; no
 * model is cut for it.
 */
final class MaskedCost {
    private final Costs costs;

    MaskedCost(OnnxModel model) {
        this.costs = Costs.of(model);
    }

    long macs() {
        return costs.macs();
    }

    /** @param removed units by group */
    long macs(Map<ChannelGroup, int[]> removed) {
        Map<String, int[]> gone = new HashMap<>();
        removed.forEach((group, units) -> {
            for (Slot slot : group.slots()) {
                int[] counts = gone.computeIfAbsent(slot.tensor(), name -> new int[8]);
                int positions = 0;
                for (int unit : units) {
                    positions += slot.indices()[unit].length;
                }
                counts[slot.axis()] += positions / slot.groups();
            }
        });
        long sum = 0;
        for (LayerCost layer : costs.layers()) {
            int[] counts = gone.get(layer.node().input(1));
            sum += counts == null ? layer.macs() : left(layer, counts);
        }
        return sum;
    }

    private static long left(LayerCost layer, int[] counts) {
        long before = 1;
        long after = 1;
        long[] dims = layer.weightShape();
        for (int axis = 0; axis < dims.length; axis++) {
            before *= dims[axis];
            after *= dims[axis] - counts[axis];
        }
        return before == 0 ? 0 : layer.macs() / before * after;
    }
}
