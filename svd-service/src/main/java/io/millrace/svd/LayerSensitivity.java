package io.millrace.svd;

import io.millrace.svd.split.SplitLayer;
import java.util.List;

/**
 * What splitting one layer alone costs the network's answer.
 *
 * @param layer {@link SplitLayer#id}
 * @param ranks tried, from the largest to the smallest
 * @param losses mean divergence of the outputs from the model's own, by rank; 0 for none
 * @param agreements share of samples whose largest output stayed the same, by rank
 */
record LayerSensitivity(String layer, List<Integer> ranks, List<Double> losses, List<Double> agreements) {

    LayerSensitivity {
        ranks = List.copyOf(ranks);
        losses = List.copyOf(losses);
        agreements = List.copyOf(agreements);
    }

    /** The curve of a layer that nobody measured: less rank is worse, in proportion to the cost that is left. */
    static LayerSensitivity byRatio(SplitLayer layer, List<Integer> ranks) {
        List<Double> losses = ranks.stream().map(rank -> 1 - layer.ratio(rank)).toList();
        return new LayerSensitivity(layer.id(), ranks, losses, List.of());
    }
}
