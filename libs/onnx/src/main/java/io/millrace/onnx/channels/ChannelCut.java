package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.DeadCode;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Removes channels from a model, or switches them off to check the removal.
 *
 * <p>A channel is switched off by setting to zero all that makes it: its row in the weight and bias of the layer, the
 * scale and shift of normalisations behind it. Where an activation turns that zero into something else (Sigmoid, Exp, an
 * added constant), the columns that read the channel are set to zero as well: a removed channel has no influence. The
 * outputs of the model with channels switched off then equal those of the model without them, up to rounding.
 */
public final class ChannelCut {
    private ChannelCut() {}

    /**
     * {@link #cut(OnnxModel, Map)} of one group.
     *
     * @param model the model that was analysed, which stays as it is
     * @param group of the analysis of this model
     * @param removedUnits numbers of the units to remove, from 0
     * @return a smaller model
     */
    public static OnnxModel cut(OnnxModel model, ChannelGroup group, int... removedUnits) {
        return cut(model, Map.of(group, removedUnits));
    }

    /**
     * {@return the model without these units: weights, biases, parameters, shape constants and group counts are cut}
     *
     * @param model the model the groups were found in, or an unchanged copy of it
     * @param removedUnits units by group, all groups of one analysis
     * @throws IllegalArgumentException if a block would keep fewer units than its minimum, or unequal numbers are
     *     removed from the blocks of a group
     */
    public static OnnxModel cut(OnnxModel model, Map<ChannelGroup, int[]> removedUnits) {
        OnnxModel cut = model.copy();
        if (removedUnits.isEmpty()) {
            return cut;
        }
        AtomGraph atomGraph = atomGraph(removedUnits);
        Survivors survivors = new Survivors(atomGraph, removed(removedUnits));
        Patch patch = Patch.of(cut.graph(), "prune-channels");
        cutConstants(patch, atomGraph, survivors);
        for (Node node : cut.graph().nodes()) {
            NodeCut.apply(node, atomGraph, patch, survivors);
        }
        patch.forgetShapes().apply();
        DeadCode.remove(cut.graph());
        return cut;
    }

    /**
     * {@return the same model with these units switched off instead of removed: the outputs equal those of the cut
     * model}
     *
     * @param model the model that was analysed, which stays as it is
     * @param group of the analysis of this model
     * @param removedUnits numbers of the units to remove, from 0
     */
    public static OnnxModel zero(OnnxModel model, ChannelGroup group, int... removedUnits) {
        return zero(model, Map.of(group, removedUnits));
    }

    /**
     * {@link #zero(OnnxModel, ChannelGroup, int...)} for several groups at once.
     *
     * @param model the model that was analysed, which stays as it is
     * @param removedUnits numbers of the units to remove, from 0
     * @return a model of the same sizes, in which the units are zero
     */
    public static OnnxModel zero(OnnxModel model, Map<ChannelGroup, int[]> removedUnits) {
        OnnxModel zeroed = model.copy();
        if (removedUnits.isEmpty()) {
            return zeroed;
        }
        AtomGraph atomGraph = atomGraph(removedUnits);
        Survivors survivors = new Survivors(atomGraph, removed(removedUnits));
        new SwitchedOff(model.graph(), Patch.of(zeroed.graph(), "switch-off-channels"), atomGraph, survivors).apply();
        return zeroed;
    }

    static AtomGraph atomGraph(Map<ChannelGroup, int[]> removedUnits) {
        List<AtomGraph> analyses = removedUnits.keySet().stream()
                .map(ChannelGroup::analysis)
                .distinct()
                .toList();
        if (analyses.size() > 1) {
            throw new IllegalArgumentException("the groups are of different analyses");
        }
        return analyses.get(0);
    }

    static BitSet removed(Map<ChannelGroup, int[]> removedUnits) {
        BitSet roots = new BitSet();
        removedUnits.forEach((group, units) -> {
            BitSet gone = new BitSet();
            Arrays.stream(units).forEach(gone::set);
            if (gone.length() > group.size()) {
                throw new IllegalArgumentException("group " + group + " has no unit " + (gone.length() - 1));
            }
            long[] counts = Arrays.stream(group.blocks())
                    .mapToLong(block -> Arrays.stream(block).filter(gone::get).count())
                    .toArray();
            for (int b = 0; b < counts.length; b++) {
                if (counts[b] != counts[0]) {
                    throw new IllegalArgumentException(
                            "group " + group + " must lose equally many units from each of its " + counts.length
                                    + " blocks, not " + Arrays.toString(counts));
                }
                if (group.blocks()[b].length - counts[b] < group.minimum()) {
                    throw new IllegalArgumentException("group " + group + " would keep less than " + group.minimum());
                }
            }
            gone.stream().forEach(unit -> roots.set(group.roots()[unit]));
        });
        return roots;
    }

    private static void cutConstants(Patch patch, AtomGraph atomGraph, Survivors survivors) {
        atomGraph
                .layouts()
                .forEach((value, layout) -> patch.graph().constant(value).ifPresent(tensor -> {
                    Tensor changed = tensor;
                    AtomGraph.GroupedInput grouped = atomGraph.groupedInputs().get(value);
                    int[] channels = grouped == null ? null : survivors.kept(grouped.ids());
                    if (channels != null) {
                        changed = TensorCut.keepGrouped(changed, grouped.groups(), channels);
                    }
                    for (Part part : layout.parts()) {
                        int[] kept = survivors.kept(part.ids());
                        changed = kept == null ? changed : TensorCut.keep(changed, part.axes()[0], kept);
                    }
                    if (changed != tensor) {
                        patch.set(value, changed);
                    }
                }));
    }
}
