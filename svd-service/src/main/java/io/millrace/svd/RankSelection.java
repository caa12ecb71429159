package io.millrace.svd;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.onnx.OnnxModel;
import io.millrace.selection.Allocation;
import io.millrace.selection.Allocation.Selection;
import io.millrace.selection.Allocation.Step;
import io.millrace.selection.Allocation.Strategy;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.SensitivityTable;
import io.millrace.selection.Target;
import io.millrace.svd.split.SplitLayer;
import io.millrace.worker.StageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Chooses the rank of each layer for a target cost of the whole model. */
final class RankSelection {
    private final List<SplitLayer> layers;
    private final List<List<Integer>> ranks;
    private final Allocation allocation;
    private final long macs;

    /**
     * The outcome for one target.
     *
     * @param ranks by layer; layers that stay whole are not in it
     * @param macs of the whole model
     * @param next the next larger model that could have been chosen; {@code null} if there is none
     */
    record Choice(Map<SplitLayer, Integer> ranks, long macs, Step next) {

        /** A copy of the model with the layers split. */
        OnnxModel apply(OnnxModel model) {
            OnnxModel split = model.copy();
            ranks.forEach((layer, rank) -> {
                try {
                    layer.split(split.graph(), rank);
                } catch (RuntimeException e) {
                    throw StageException.in("layer " + layer.name(), e);
                }
            });
            return split;
        }

        /** Adds one entry for each layer that is split, and a note for each whose weights become very large. */
        void describe(ArrayNode entries, CompressionFindings findings) {
            ranks.forEach((layer, rank) -> {
                ObjectNode entry = entries.addObject();
                entry.put("name", layer.name())
                        .put("operator", layer.node().op())
                        .put("ratio", CompressionFindings.rounded(layer.ratio(rank)))
                        .put("rank", rank)
                        .put("full-rank", layer.maxRank());
                findings.weights(entry, layer.name(), layer.largestWeight(), layer.largestWeight(rank));
            });
        }
    }

    /**
     * @param table of each of the plan's layers
     * @param macs of the whole model as it stands
     */
    RankSelection(SplitPlan plan, SensitivityTable table, long macs) {
        this.layers = plan.layers();
        this.ranks = layers.stream().map(plan.ranks()::get).toList();
        this.macs = macs;
        this.allocation = new Allocation(
                layers.stream()
                        .map(layer -> table.curve(layer.id(), layer.name()))
                        .toList(),
                this::cost);
    }

    Choice choose(Strategy strategy, Target target) {
        Selection selection = allocation.choose(strategy, target);
        Map<SplitLayer, Integer> chosen = new LinkedHashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            if (selection.options()[i] > 0) {
                chosen.put(layers.get(i), rank(i, selection.options()[i]));
            }
        }
        return new Choice(chosen, selection.cost(), selection.next());
    }

    private long cost(int[] options) {
        long cost = macs;
        for (int i = 0; i < options.length; i++) {
            if (options[i] > 0) {
                SplitLayer layer = layers.get(i);
                cost += layer.macs(rank(i, options[i])) - layer.macs();
            }
        }
        return cost;
    }

    private int rank(int layer, int option) {
        return ranks.get(layer).get(option - 1);
    }
}
