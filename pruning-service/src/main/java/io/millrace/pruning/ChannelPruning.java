package io.millrace.pruning;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelCut;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.MaskedCost;
import io.millrace.pruning.PruningPlan.PrunableGroup;
import io.millrace.selection.Allocation;
import io.millrace.selection.Allocation.Selection;
import io.millrace.selection.Allocation.Step;
import io.millrace.selection.Allocation.Strategy;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.SensitivityTable;
import io.millrace.selection.Target;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Chooses how many channels each group loses for a target cost of the whole model, and cuts them. */
final class ChannelPruning {
    private final OnnxModel model;
    private final List<PrunableGroup> groups;
    private final MaskedCost cost;
    private final Allocation allocation;

    /**
     * What goes.
     *
     * @param removed units by group; groups that stay whole are not in it
     * @param next the next larger model that could have been chosen; {@code null} if there is none
     */
    record Choice(Map<ChannelGroup, int[]> removed, Step next) {

        /** Adds one entry for each group that loses channels. */
        void describe(ArrayNode entries) {
            removed.forEach((group, units) -> {
                ObjectNode entry = entries.addObject();
                entry.put("name", group.id())
                        .put(
                                "operator",
                                group.producers().isEmpty()
                                        ? ""
                                        : group.producers().get(0).op())
                        .put("ratio", CompressionFindings.rounded(1 - (double) units.length / group.size()));
                entry.putObject("channels").put("before", group.size()).put("after", group.size() - units.length);
                ArrayNode members = entry.putArray("producers");
                group.producers().stream().map(Node::label).forEach(members::add);
            });
        }
    }

    /** @param table of each of the plan's groups */
    ChannelPruning(OnnxModel model, PruningPlan plan, SensitivityTable table) {
        this.model = model;
        this.groups = plan.groups();
        this.cost = new MaskedCost(model);
        this.allocation = new Allocation(
                groups.stream()
                        .map(group -> table.curve(group.key(), group.group().id()))
                        .toList(),
                options -> cost.macs(removed(options)));
    }

    /** MACs of the model as it stands. */
    long macs() {
        return cost.macs();
    }

    Choice choose(Strategy strategy, Target target) {
        Selection selection = allocation.choose(strategy, target);
        return new Choice(removed(selection.options()), selection.next());
    }

    OnnxModel cut(Choice choice) {
        return choice.removed().isEmpty() ? model.copy() : ChannelCut.cut(model, choice.removed());
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
