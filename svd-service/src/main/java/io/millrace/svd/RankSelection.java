package io.millrace.svd;

import io.millrace.inference.sensitivity.Allocation;
import io.millrace.inference.sensitivity.Allocation.Curve;
import io.millrace.inference.sensitivity.Allocation.Selection;
import io.millrace.onnx.OnnxModel;
import io.millrace.svd.split.SplitLayer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Chooses the rank of each layer for a target cost of the whole model. */
final class RankSelection {
    private final List<SplitLayer> layers;
    private final List<LayerSensitivity> sensitivities;
    private final long macs;

    /**
     * The outcome for one target.
     *
     * @param ranks by layer; layers that stay whole are not in it
     * @param macs of the whole model
     * @param budget MACs that were allowed
     */
    record Choice(BigDecimal ratio, Map<SplitLayer, Integer> ranks, long macs, long budget, boolean reached) {

        /** A copy of the model with the layers split. */
        OnnxModel apply(OnnxModel model) {
            OnnxModel split = model.copy();
            ranks.forEach((layer, rank) -> layer.split(split.graph(), rank));
            return split;
        }
    }

    /**
     * @param sensitivities one for each of the layers, in the same order
     * @param macs of the whole model as it stands
     */
    RankSelection(List<SplitLayer> layers, List<LayerSensitivity> sensitivities, long macs) {
        this.layers = layers;
        this.sensitivities = sensitivities;
        this.macs = macs;
    }

    /** @param strategy {@code lagrange}, or anything else for one threshold for all layers */
    Choice choose(BigDecimal ratio, String strategy) {
        long budget = ratio.multiply(BigDecimal.valueOf(macs))
                .setScale(0, RoundingMode.FLOOR)
                .longValue();
        Allocation allocation =
                new Allocation(sensitivities.stream().map(RankSelection::curve).toList(), this::cost);
        Selection selection = strategy.equals("lagrange") ? allocation.lagrange(budget) : allocation.greedy(budget);
        Map<SplitLayer, Integer> ranks = new LinkedHashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            if (selection.options()[i] > 0) {
                ranks.put(layers.get(i), rank(i, selection.options()[i]));
            }
        }
        return new Choice(ratio, ranks, selection.cost(), budget, selection.reached());
    }

    private static Curve curve(LayerSensitivity sensitivity) {
        double[] losses = new double[sensitivity.losses().size() + 1];
        for (int i = 1; i < losses.length; i++) {
            losses[i] = sensitivity.losses().get(i - 1);
        }
        return new Curve(sensitivity.layer(), losses);
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
        return sensitivities.get(layer).ranks().get(option - 1);
    }
}
