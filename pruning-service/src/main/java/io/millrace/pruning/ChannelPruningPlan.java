package io.millrace.pruning;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.compression.CalibrationSamples;
import io.millrace.compression.CompressionPlan;
import io.millrace.contracts.task.Progress;
import io.millrace.data.Batches;
import io.millrace.inference.SameOutputs;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelCut;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.MaskedCost;
import io.millrace.onnx.output.Tolerance;
import io.millrace.pruning.PruningPlan.PrunableGroup;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.NetworkCost;
import io.millrace.selection.NetworkPart;
import io.millrace.selection.PartOption;
import io.millrace.selection.Sensitivity;
import io.millrace.worker.StageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The groups of channels of a model that can lose some: cut, proven against the zeroed model, and fitted. */
final class ChannelPruningPlan implements CompressionPlan {
    /** Samples on which a cut is proven. */
    private static final int PROVEN_ON = 8;

    private final OnnxModel model;
    private final PruningPlan plan;
    private final Criterion criterion;
    private final int fittingSamples;
    private final MaskedCost cost;
    private final List<NetworkPart> parts;

    /**
     * @param criterion that was asked for
     * @param fittingSamples that the layers behind are fitted to; 0: they stay as they are
     */
    ChannelPruningPlan(OnnxModel model, PruningPlan plan, Criterion criterion, int fittingSamples) {
        this.model = model;
        this.plan = plan;
        this.criterion = criterion;
        this.fittingSamples = fittingSamples;
        this.cost = new MaskedCost(model);
        this.parts = plan.groups().stream().map(this::part).toList();
    }

    /** To measure a group, the whole network runs once for each of its options. */
    private NetworkPart part(PrunableGroup group) {
        return new NetworkPart(
                group.key(),
                group.group().id(),
                group.group().producers().isEmpty()
                        ? ""
                        : group.group().producers().get(0).op(),
                group.ratios().stream().map(PartOption::ofRatio).toList(),
                (double) cost.macs() * group.options().size());
    }

    @Override
    public List<NetworkPart> parts() {
        return parts;
    }

    @Override
    public Map<String, String> declined() {
        return plan.declined();
    }

    @Override
    public NetworkCost cost() {
        return options -> Cost.of(Measure.MACS, cost.macs(removed(options)));
    }

    @Override
    public List<Sensitivity> measure(
            List<NetworkPart> wanted, CalibrationSamples samples, int count, Consumer<Progress> progress) {
        List<PrunableGroup> groups = IntStream.range(0, parts.size())
                .filter(i -> wanted.contains(parts.get(i)))
                .mapToObj(plan.groups()::get)
                .toList();
        try (Batches batches = samples.draw(count)) {
            int runs = 1
                    + groups.stream().mapToInt(group -> group.options().size()).sum();
            long total = (long) runs * batches.count();
            long[] done = {0};
            Runnable step = () -> progress.accept(Progress.of("measuring groups of channels", ++done[0], total));
            ReferenceOutputs reference =
                    new ReferenceOutputs(model, samples.outputs(), batches, samples.options(), step);
            return groups.stream().map(group -> measure(group, reference, step)).toList();
        }
    }

    private Sensitivity measure(PrunableGroup group, ReferenceOutputs reference, Runnable afterBatch) {
        try {
            return Sensitivity.of(
                    group.key(),
                    group.options().stream()
                            .map(removed ->
                                    reference.divergence(ChannelCut.cut(model, group.group(), removed), afterBatch))
                            .toList());
        } catch (RuntimeException e) {
            throw StageException.in("channels of " + group.group().id(), e);
        }
    }

    @Override
    public OnnxModel apply(int[] options) {
        Map<ChannelGroup, int[]> removed = removed(options);
        return removed.isEmpty() ? model.copy() : ChannelCut.cut(model, removed);
    }

    @Override
    public Optional<String> flaw(int[] options, OnnxModel made, CalibrationSamples samples) {
        try (Batches batches = samples.draw(PROVEN_ON)) {
            return SameOutputs.flaw(
                            ChannelCut.zero(model, removed(options)),
                            made,
                            batches.iterator().next().inputs(),
                            samples.options().withLevel(SessionOptions.Level.BASIC),
                            Tolerance.of(model))
                    .map(flaw -> "the pruned model does not equal the model with these channels switched off, and is"
                            + " not delivered: "
                            + flaw.words());
        }
    }

    @Override
    public int fittingSamples() {
        return fittingSamples;
    }

    @Override
    public OnnxModel refit(
            int[] options,
            OnnxModel made,
            Batches batches,
            CalibrationSamples samples,
            ObjectNode entry,
            CompressionFindings findings,
            Consumer<Progress> progress) {
        OnnxModel fitted = made.copy();
        Reconstruction reconstruction = new Reconstruction(model, removed(options), samples.options(), samples.seed());
        long total = (long) reconstruction.layers().size() * batches.count();
        long[] done = {0};
        for (Node layer : reconstruction.layers()) {
            Runnable step = () -> progress.accept(Progress.of("fitting layer " + layer.label(), ++done[0], total));
            try {
                reconstruction
                        .fit(fitted, layer, batches, step)
                        .describe(entry.withArray("/reconstruction").addObject(), findings);
            } catch (RuntimeException e) {
                throw StageException.in("layer " + layer.label(), e);
            }
        }
        return fitted;
    }

    @Override
    public void describe(int part, int option, ObjectNode entry, CompressionFindings findings) {
        ChannelGroup group = plan.groups().get(part).group();
        int gone = plan.groups().get(part).options().get(option - 1).length;
        entry.putObject("channels").put("before", group.size()).put("after", group.size() - gone);
        ArrayNode producers = entry.putArray("producers");
        group.producers().stream().map(Node::label).forEach(producers::add);
    }

    @Override
    public void describe(ObjectNode entry) {
        entry.put("criterion", criterion.label());
    }

    @Override
    public List<String> notes() {
        return plan.rankedOtherwise(criterion).stream().toList();
    }

    private Map<ChannelGroup, int[]> removed(int[] options) {
        Map<ChannelGroup, int[]> removed = new LinkedHashMap<>();
        for (int i = 0; i < options.length; i++) {
            if (options[i] > 0) {
                PrunableGroup group = plan.groups().get(i);
                removed.put(group.group(), group.options().get(options[i] - 1));
            }
        }
        return removed;
    }
}
