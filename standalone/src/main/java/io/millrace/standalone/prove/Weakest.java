package io.millrace.standalone.prove;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.Slot;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The weaker half of a group's channels, by the L2 norm of the weights that make them. */
final class Weakest {
    private Weakest() {}

    /** Units to remove: half of each block, rounded down; none where every block has a single unit. */
    static int[] half(OnnxModel model, ChannelGroup group) {
        double[] energy = new double[group.size()];
        group.slots().stream()
                .filter(slot -> slot.role() == Slot.Role.OUTPUT)
                .forEach(slot -> add(energy, model.graph().constant(slot.tensor()).orElseThrow(), slot));
        return Arrays.stream(group.blocks())
                .flatMapToInt(block -> Arrays.stream(block)
                        .boxed()
                        .sorted(Comparator.comparingDouble(unit -> energy[unit]))
                        .limit(block.length / 2)
                        .mapToInt(Integer::intValue))
                .sorted()
                .toArray();
    }

    private static void add(double[] energy, Tensor tensor, Slot slot) {
        float[] values = tensor.floats();
        long[] dims = tensor.dims();
        int inner = (int) Arrays.stream(dims, slot.axis() + 1, dims.length).reduce(1, (a, b) -> a * b);
        int along = (int) dims[slot.axis()];
        int outer = values.length / Math.max(1, inner * along);
        for (int unit = 0; unit < energy.length; unit++) {
            for (int position : slot.indices()[unit]) {
                int u = unit;
                IntStream.range(0, outer).forEach(o -> {
                    int from = (o * along + position) * inner;
                    for (int i = from; i < from + inner; i++) {
                        energy[u] += (double) values[i] * values[i];
                    }
                });
            }
        }
    }
}
