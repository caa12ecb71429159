package io.millrace.onnx.channels;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** What a user needs to see a cut proven on their own network: run both models on the same input and compare. */
public final class ChannelProof {
    private ChannelProof() {}

    /**
     * One group cut by half.
     *
     * @param removed the units that are gone
     * @param cut the model without them
     * @param zeroed the original with them switched off; it must give the same outputs
     */
    public record Trial(ChannelGroup group, int[] removed, OnnxModel cut, OnnxModel zeroed) {}

    /**
     * Removes the weaker half of each block of a group.
     *
     * @param model the model that was analysed, which stays as it is
     * @param group of the analysis of this model
     * @return the cut model, and the one it must equal
     */
    public static Trial weakestHalf(OnnxModel model, ChannelGroup group) {
        double[] energy = energy(model, group);
        int smallest =
                Arrays.stream(group.blocks()).mapToInt(b -> b.length).min().orElse(1);
        int count = Math.min(Math.max(1, smallest / 2), smallest - group.minimum());
        int[] removed = Arrays.stream(group.blocks())
                .flatMap(block -> Arrays.stream(block)
                        .boxed()
                        .sorted(Comparator.comparingDouble(unit -> energy[unit]))
                        .limit(count))
                .mapToInt(unit -> unit)
                .sorted()
                .toArray();
        return new Trial(group, removed, ChannelCut.cut(model, group, removed), ChannelCut.zero(model, group, removed));
    }

    /**
     * {@return the sum of squares of all rows that make each unit}
     *
     * @param model the model that was analysed, which stays as it is
     * @param group of the analysis of this model
     */
    public static double[] energy(OnnxModel model, ChannelGroup group) {
        double[] energy = new double[group.size()];
        for (Slot slot : group.slots()) {
            Tensor tensor = model.graph().constant(slot.tensor()).orElseThrow();
            if (slot.role() != Slot.Role.OUTPUT || tensor.rank() < 2) {
                continue;
            }
            float[] values = tensor.floats();
            long inner = IntStream.range(slot.axis() + 1, tensor.rank())
                    .mapToLong(tensor::dim)
                    .reduce(1, (a, b) -> a * b);
            double[] rows = new double[(int) tensor.dim(slot.axis())];
            for (int i = 0; i < values.length; i++) {
                rows[(int) (i / inner % rows.length)] += (double) values[i] * values[i];
            }
            for (int unit = 0; unit < energy.length; unit++) {
                for (int position : slot.indices()[unit]) {
                    energy[unit] += rows[position];
                }
            }
        }
        return energy;
    }
}
