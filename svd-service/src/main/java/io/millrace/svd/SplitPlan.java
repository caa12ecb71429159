package io.millrace.svd;

import io.millrace.onnx.OnnxModel;
import io.millrace.selection.Sensitivity;
import io.millrace.selection.SensitivityTable;
import io.millrace.svd.split.RankGrid;
import io.millrace.svd.split.SplitLayer;
import io.millrace.svd.split.SplitLayers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What there is to do on a model: the layers worth splitting with the ranks to try, and why the others stay.
 *
 * @param ranks by layer, in execution order
 * @param declined reason by layer name
 */
record SplitPlan(Map<SplitLayer, List<Integer>> ranks, Map<String, String> declined) {

    static SplitPlan of(OnnxModel model, RankGrid grid) {
        SplitLayers found = SplitLayers.of(model);
        Map<SplitLayer, List<Integer>> ranks = new LinkedHashMap<>();
        Map<String, String> declined = new LinkedHashMap<>(found.declined());
        for (SplitLayer layer : found.layers()) {
            List<Integer> candidates = grid.ranks(layer);
            if (candidates.isEmpty()) {
                declined.put(layer.name(), grid.obstacle(layer));
            } else {
                ranks.put(layer, candidates);
            }
        }
        return new SplitPlan(ranks, declined);
    }

    List<SplitLayer> layers() {
        return List.copyOf(ranks.keySet());
    }

    /** The curves of layers that nobody measured: less rank is worse, in proportion to the cost that goes. */
    SensitivityTable unmeasured() {
        return new SensitivityTable(ranks.entrySet().stream()
                .map(entry -> new Sensitivity(
                        entry.getKey().id(),
                        entry.getValue().stream()
                                .map(rank -> 1 - entry.getKey().ratio(rank))
                                .toList(),
                        List.of()))
                .toList());
    }

    /**
     * The layers in portions of about equal work: what is behind a layer runs once for each of its ranks, so early
     * layers with many ranks cost most.
     */
    List<List<SplitLayer>> portions(int atMost) {
        List<SplitLayer> layers = layers();
        Map<SplitLayer, Long> work = new LinkedHashMap<>();
        long behind = 0;
        for (int i = layers.size() - 1; i >= 0; i--) {
            SplitLayer layer = layers.get(i);
            behind += layer.macs();
            work.put(layer, behind * ranks.get(layer).size());
        }
        int count = (layers.size() + atMost - 1) / atMost;
        List<List<SplitLayer>> portions = new ArrayList<>();
        long[] load = new long[count];
        for (int i = 0; i < count; i++) {
            portions.add(new ArrayList<>());
        }
        layers.stream().sorted(Comparator.comparing(work::get).reversed()).forEach(layer -> {
            int lightest = 0;
            for (int i = 1; i < count; i++) {
                boolean room = portions.get(i).size() < atMost;
                lightest = room
                                && (load[i] < load[lightest]
                                        || portions.get(lightest).size() >= atMost)
                        ? i
                        : lightest;
            }
            portions.get(lightest).add(layer);
            load[lightest] += work.get(layer);
        });
        portions.forEach(portion -> portion.sort(Comparator.comparingInt(layers::indexOf)));
        return portions;
    }
}
