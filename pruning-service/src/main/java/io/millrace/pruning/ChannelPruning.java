package io.millrace.pruning;

import io.millrace.inference.sensitivity.Allocation;
import io.millrace.inference.sensitivity.Allocation.Curve;
import io.millrace.inference.sensitivity.Allocation.Selection;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelCut;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.MaskedCost;
import io.millrace.pruning.GroupSensitivity.Measured;
import io.millrace.pruning.PruningPlan.PrunableGroup;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Chooses how many channels each group loses for a target cost of the whole model, and cuts them. */
final class ChannelPruning {
    private final OnnxModel model;
    private final List<PrunableGroup> groups;
    private final Map<String, Measured> measured;
    private final PruningParameters parameters;
    private final MaskedCost cost;

    /**
     * What goes.
     *
     * @param removed units by group; groups that stay whole are not in it
     * @param macs of the model that is left
     * @param budget MACs that were allowed
     */
    record Choice(Map<ChannelGroup, int[]> removed, long macs, long budget, boolean reached) {}

    /** @param measured by {@link PrunableGroup#key}, one for each group of the plan */
    ChannelPruning(OnnxModel model, PruningPlan plan, Map<String, Measured> measured, PruningParameters parameters) {
        this.model = model;
        this.groups = plan.groups();
        this.measured = measured;
        this.parameters = parameters;
        this.cost = new MaskedCost(model);
        for (PrunableGroup group : groups) {
            if (!measured.containsKey(group.key())) {
                throw new IllegalStateException("group " + group.key() + " was not measured");
            }
        }
    }

    /** MACs of the model as it stands. */
    long macs() {
        return cost.macs();
    }

    Choice choose() {
        long budget = parameters
                .macRatio()
                .multiply(BigDecimal.valueOf(cost.macs()))
                .setScale(0, RoundingMode.FLOOR)
                .longValue();
        List<Curve> curves = groups.stream().map(this::curve).toList();
        Allocation allocation = new Allocation(curves, chosen -> cost.macs(removed(chosen)));
        Selection selection =
                parameters.allocation().equals("greedy") ? allocation.greedy(budget) : allocation.lagrange(budget);
        return new Choice(removed(selection.options()), selection.cost(), budget, selection.reached());
    }

    OnnxModel cut(Choice choice) {
        return choice.removed().isEmpty() ? model.copy() : ChannelCut.cut(model, choice.removed());
    }

    private Curve curve(PrunableGroup group) {
        List<Double> losses = measured.get(group.key()).losses();
        double[] curve = new double[losses.size() + 1];
        for (int i = 1; i < curve.length; i++) {
            curve[i] = losses.get(i - 1);
        }
        return new Curve(group.key(), curve);
    }

    private Map<ChannelGroup, int[]> removed(int[] chosen) {
        Map<ChannelGroup, int[]> removed = new LinkedHashMap<>();
        for (int i = 0; i < chosen.length; i++) {
            if (chosen[i] > 0) {
                removed.put(groups.get(i).group(), groups.get(i).options().get(chosen[i] - 1));
            }
        }
        return removed;
    }
}
