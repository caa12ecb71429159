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
import io.millrace.svd.calibration.InputMoments;
import io.millrace.svd.calibration.Metrics;
import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Splice;
import io.millrace.svd.layer.SplittableLayers;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Mix;
import io.millrace.svd.method.RankGrid;
import io.millrace.worker.StageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The layers of a model that are worth decomposing, with the cuts to try. Cuts are measured, and models made, in the
 * metric of calibration data where that is asked for; {@link #apply} alone goes by the weights.
 */
final class DecompositionPlan implements CompressionPlan {
    private final OnnxModel model;
    private final Mix methods;
    private final Map<Layer, List<Cut>> cuts;
    private final List<Layer> layers;
    private final List<NetworkPart> parts;
    private final Map<String, String> declined;
    private final int fittingSamples;

    private DecompositionPlan(
            OnnxModel model, Mix methods, Map<Layer, List<Cut>> cuts, Map<String, String> declined, int fitting) {
        this.model = model;
        this.methods = methods;
        this.cuts = cuts;
        this.layers = List.copyOf(cuts.keySet());
        this.parts = parts(cuts);
        this.declined = declined;
        this.fittingSamples = fitting;
    }

    /** @param fittingSamples calibration samples that factors are made by; 0 to go by the weights alone */
    static DecompositionPlan of(OnnxModel model, Mix methods, RankGrid grid, int fittingSamples) {
        SplittableLayers found = SplittableLayers.of(model);
        Map<Layer, List<Cut>> cuts = new LinkedHashMap<>();
        Map<String, String> declined = new LinkedHashMap<>(found.declined());
        for (Layer layer : found.layers()) {
            Optional<String> obstacle = methods.obstacle(layer);
            List<Cut> own = obstacle.isPresent() ? List.of() : methods.cuts(layer, grid);
            if (own.isEmpty()) {
                declined.put(layer.name(), obstacle.orElse(grid.obstacle()));
            } else {
                cuts.put(layer, own);
            }
        }
        return new DecompositionPlan(model, methods, cuts, declined, fittingSamples);
    }

    /** To measure a layer, what is behind it runs once for each of its cuts: early layers are most work. */
    private static List<NetworkPart> parts(Map<Layer, List<Cut>> cuts) {
        List<NetworkPart> parts = new ArrayList<>();
        double behind = cuts.keySet().stream().mapToDouble(Layer::macs).sum();
        for (Map.Entry<Layer, List<Cut>> entry : cuts.entrySet()) {
            Layer layer = entry.getKey();
            parts.add(new NetworkPart(
                    layer.id(),
                    layer.name(),
                    layer.node().op(),
                    entry.getValue().stream().map(cut -> option(layer, cut)).toList(),
                    behind * entry.getValue().size()));
            behind -= layer.macs();
        }
        return parts;
    }

    private static PartOption option(Layer layer, Cut cut) {
        long parameters =
                cut.forms().stream().mapToLong(form -> form.parameters(layer)).sum();
        return new PartOption(
                cut.ratio(layer),
                Cost.of(Measure.MACS, layer.macs(cut.forms()) - layer.macs())
                        .with(Measure.PARAMETERS, parameters - layer.parameters()));
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
        Costs costs = Costs.of(model);
        return NetworkCost.sum(
                Cost.of(Measure.MACS, costs.macs()).with(Measure.PARAMETERS, costs.parameters()),
                parts.stream()
                        .map(part ->
                                part.options().stream().map(PartOption::change).toList())
                        .toList());
    }

    @Override
    public List<Sensitivity> measure(
            List<NetworkPart> wanted, CalibrationSamples samples, int count, Consumer<Progress> progress) {
        List<Layer> measured = layers.stream()
                .filter(layer -> wanted.contains(parts.get(layers.indexOf(layer))))
                .toList();
        List<Sensitivity> sensitivities = new ArrayList<>();
        for (List<Layer> wave : InputMoments.waves(measured)) {
            Map<Layer, Metrics> metrics = metrics(wave, samples, progress);
            try (Batches batches = samples.draw(count)) {
                CutSensitivity sensitivity = new CutSensitivity(model, samples.outputs(), batches, samples.options());
                long total = (long) measured.size() * batches.count();
                for (Layer layer : wave) {
                    long[] done = {(long) sensitivities.size() * batches.count()};
                    Mix.Chains chains = methods.chains(layer, metrics.get(layer));
                    sensitivities.add(sensitivity.measure(
                            layer,
                            cuts.get(layer).stream().map(chains::of).toList(),
                            () -> progress.accept(Progress.of("measuring layer " + layer.name(), ++done[0], total))));
                }
            }
        }
        return sensitivities;
    }

    private Map<Layer, Metrics> metrics(List<Layer> some, CalibrationSamples samples, Consumer<Progress> progress) {
        if (fittingSamples == 0) {
            return Map.of();
        }
        try (Batches batches = samples.draw(fittingSamples)) {
            return new InputMoments(model, samples.options(), samples.seed())
                    .of(some, batches, () -> progress.accept(Progress.of("reading what layers see", 0, 0)));
        }
    }

    @Override
    public OnnxModel apply(int[] options) {
        OnnxModel made = model.copy();
        chosen(options).forEach((layer, cut) -> splice(made, layer, cut, null));
        return made;
    }

    private Map<Layer, Cut> chosen(int[] options) {
        Map<Layer, Cut> chosen = new LinkedHashMap<>();
        for (int i = 0; i < options.length; i++) {
            if (options[i] > 0) {
                Layer layer = layers.get(i);
                List<Cut> own = cuts.get(layer);
                if (options[i] > own.size()) {
                    throw StageException.unsupported("layer %s: it has %d options, and no option %d"
                            .formatted(layer.name(), own.size(), options[i]));
                }
                chosen.put(layer, own.get(options[i] - 1));
            }
        }
        return chosen;
    }

    private void splice(OnnxModel made, Layer layer, Cut cut, Metrics metrics) {
        try {
            Splice.apply(made.graph(), layer, methods.chains(layer, metrics).of(cut), cut.method());
        } catch (RuntimeException e) {
            throw StageException.in("layer " + layer.name(), e);
        }
    }

    @Override
    public int fittingSamples() {
        return fittingSamples;
    }

    /** The same cuts, decomposed in the metric of the data. */
    @Override
    public OnnxModel refit(
            int[] options,
            OnnxModel made,
            Batches batches,
            CalibrationSamples samples,
            ObjectNode entry,
            CompressionFindings findings,
            Consumer<Progress> progress) {
        OnnxModel fitted = model.copy();
        Map<Layer, Cut> chosen = chosen(options);
        for (List<Layer> wave : InputMoments.waves(List.copyOf(chosen.keySet()))) {
            Map<Layer, Metrics> metrics = metrics(wave, samples, progress);
            wave.forEach(layer -> splice(fitted, layer, chosen.get(layer), metrics.get(layer)));
        }
        return fitted;
    }

    @Override
    public void describe(int part, int option, ObjectNode entry, CompressionFindings findings) {
        Layer layer = layers.get(part);
        Cut cut = cuts.get(layer).get(option - 1);
        if (methods.several()) {
            entry.put("method", cut.method());
        }
        entry.put("rank", cut.rank()).put("full-rank", methods.fullRank(layer, cut));
        double largest = methods.chains(layer, null).of(cut).stream()
                .mapToDouble(ChainLink::largest)
                .max()
                .orElse(0);
        findings.weights(entry, layer.name(), layer.largestWeight(), largest);
    }
}
