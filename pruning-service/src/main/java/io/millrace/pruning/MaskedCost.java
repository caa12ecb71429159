package io.millrace.pruning;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.Slot;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.cost.LayerCost;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Multiply-accumulates of a model without some of its channels, counted from what is left of each weight's axes; no
 * model is cut for it.
 */
final class MaskedCost {
    private static final String[] CARRIERS = {"Transpose", "Identity", "Cast", "Reshape", "DequantizeLinear"};

    private final Costs costs;
    private final Map<LayerCost, Weight> weights = new LinkedHashMap<>();

    /** The stored tensor behind a layer's weight, which may be transposed or cast on its way to the layer. */
    private record Weight(String tensor, long[] dims) {}

    MaskedCost(OnnxModel model) {
        this.costs = Costs.of(model);
        costs.layers().forEach(layer -> weights.put(layer, weight(model.graph(), layer.node())));
    }

    private static Weight weight(Graph graph, Node layer) {
        for (int operand : new int[] {1, 0}) {
            String value = layer.input(operand);
            Node producer = graph.producer(value);
            while (producer != null && graph.constant(value).isEmpty() && producer.is(CARRIERS)) {
                value = producer.input(0);
                producer = graph.producer(value);
            }
            Optional<Tensor> stored = graph.constant(value);
            if (stored.isPresent()) {
                return new Weight(value, stored.get().dims());
            }
        }
        return null;
    }

    long macs() {
        return costs.macs();
    }

    /** @param removed units by group */
    long macs(Map<ChannelGroup, int[]> removed) {
        Map<String, long[]> gone = new HashMap<>();
        removed.forEach((group, units) -> {
            for (Slot slot : group.slots()) {
                long[] counts = gone.computeIfAbsent(slot.tensor(), name -> new long[8]);
                int positions = 0;
                for (int unit : units) {
                    positions += slot.indices()[unit].length;
                }
                counts[slot.axis()] += positions / slot.groups();
            }
        });
        long sum = 0;
        for (Map.Entry<LayerCost, Weight> entry : weights.entrySet()) {
            Weight weight = entry.getValue();
            long[] counts = weight == null ? null : gone.get(weight.tensor());
            sum += counts == null ? entry.getKey().macs() : left(entry.getKey().macs(), weight.dims(), counts);
        }
        return sum;
    }

    private static long left(long macs, long[] dims, long[] gone) {
        long before = 1;
        long after = 1;
        for (int axis = 0; axis < dims.length; axis++) {
            before *= dims[axis];
            after *= dims[axis] - gone[axis];
        }
        return BigInteger.valueOf(macs)
                .multiply(BigInteger.valueOf(after))
                .divide(BigInteger.valueOf(Math.max(1, before)))
                .longValueExact();
    }
}
