package io.millrace.svd;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.compression.CalibrationSamples;
import io.millrace.compression.CompressionPlan;
import io.millrace.contracts.task.Progress;
import io.millrace.data.Batches;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.NetworkCost;
import io.millrace.selection.NetworkPart;
import io.millrace.selection.PartOption;
import io.millrace.selection.Sensitivity;
import io.millrace.svd.split.RankGrid;
import io.millrace.svd.split.SplitLayer;
import io.millrace.svd.split.SplitLayers;
import io.millrace.worker.StageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The layers of a model that are worth splitting, at the ranks to try. */
final class SplitPlan implements CompressionPlan {
    private final OnnxModel model;
    private final List<SplitLayer> layers;
    private final List<List<Integer>> ranks;
    private final List<NetworkPart> parts;
    private final Map<String, String> declined;

    private SplitPlan(
            OnnxModel model, List<SplitLayer> layers, List<List<Integer>> ranks, Map<String, String> declined) {
        this.model = model;
        this.layers = layers;
        this.ranks = ranks;
        this.parts = parts(layers, ranks);
        this.declined = declined;
    }

    static SplitPlan of(OnnxModel model, RankGrid grid) {
        SplitLayers found = SplitLayers.of(model);
        List<SplitLayer> layers = new ArrayList<>();
        List<List<Integer>> ranks = new ArrayList<>();
        Map<String, String> declined = new LinkedHashMap<>(found.declined());
        for (SplitLayer layer : found.layers()) {
            List<Integer> worthTrying = grid.ranks(layer);
            if (worthTrying.isEmpty()) {
                declined.put(layer.name(), grid.obstacle(layer));
            } else {
                layers.add(layer);
                ranks.add(worthTrying);
            }
        }
        return new SplitPlan(model, layers, ranks, declined);
    }

    /** To measure a layer, what is behind it runs once for each of its ranks: early layers are most work. */
    private static List<NetworkPart> parts(List<SplitLayer> layers, List<List<Integer>> ranks) {
        List<NetworkPart> parts = new ArrayList<>();
        double behind = layers.stream().mapToDouble(SplitLayer::macs).sum();
        for (int i = 0; i < layers.size(); i++) {
            SplitLayer layer = layers.get(i);
            parts.add(new NetworkPart(
                    layer.id(),
                    layer.name(),
                    layer.node().op(),
                    ranks.get(i).stream()
                            .map(rank -> new PartOption(
                                    layer.ratio(rank), Cost.of(Measure.MACS, layer.macs(rank) - layer.macs())))
                            .toList(),
                    behind * ranks.get(i).size()));
            behind -= layer.macs();
        }
        return parts;
    }

    @Override
    public List<NetworkPart> parts() {
        return parts;
    }

    @Override
    public Map<String, String> declined() {
        return declined;
    }

    @Override
    public NetworkCost cost() {
        return NetworkCost.sum(
                Cost.of(Measure.MACS, Costs.of(model).macs()),
                parts.stream()
                        .map(part ->
                                part.options().stream().map(PartOption::change).toList())
                        .toList());
    }

    @Override
    public List<Sensitivity> measure(
            List<NetworkPart> wanted, CalibrationSamples samples, int count, Consumer<Progress> progress) {
        try (Batches batches = samples.draw(count)) {
            RankSensitivity sensitivity = new RankSensitivity(model, samples.outputs(), batches, samples.options());
            long total = (long) wanted.size() * batches.count();
            long[] done = {0};
            return IntStream.range(0, layers.size())
                    .filter(i -> wanted.contains(parts.get(i)))
                    .mapToObj(i -> sensitivity.measure(
                            layers.get(i),
                            ranks.get(i),
                            () -> progress.accept(Progress.of(
                                    "measuring layer " + layers.get(i).name(), ++done[0], total))))
                    .toList();
        }
    }

    @Override
    public OnnxModel apply(int[] options) {
        OnnxModel split = model.copy();
        for (int i = 0; i < options.length; i++) {
            if (options[i] > 0) {
                try {
                    layers.get(i).split(split.graph(), rank(i, options[i]));
                } catch (RuntimeException e) {
                    throw StageException.in("layer " + layers.get(i).name(), e);
                }
            }
        }
        return split;
    }

    @Override
    public void describe(int part, int option, ObjectNode entry, CompressionFindings findings) {
        SplitLayer layer = layers.get(part);
        int rank = rank(part, option);
        entry.put("rank", rank).put("full-rank", layer.maxRank());
        findings.weights(entry, layer.name(), layer.largestWeight(), layer.largestWeight(rank));
    }

    private int rank(int layer, int option) {
        return ranks.get(layer).get(option - 1);
    }
}
