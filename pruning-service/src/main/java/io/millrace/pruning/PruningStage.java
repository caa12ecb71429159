package io.millrace.pruning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Stages;
import io.millrace.contracts.method.Method;
import io.millrace.contracts.method.PruningCriterion;
import io.millrace.contracts.method.PruningParameters;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.data.Batches;
import io.millrace.data.InvalidDataException;
import io.millrace.inference.KnownOutputs;
import io.millrace.inference.SameOutputs;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.sensitivity.Samples;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelCut;
import io.millrace.onnx.cost.Alignment;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.Tolerance;
import io.millrace.onnx.rewrite.ComputedBiases;
import io.millrace.onnx.rewrite.Unsharing;
import io.millrace.pruning.PruningPlan.Grid;
import io.millrace.pruning.PruningPlan.PrunableGroup;
import io.millrace.selection.Allocation.Strategy;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.Sensitivity;
import io.millrace.selection.SensitivityTable;
import io.millrace.selection.Target;
import io.millrace.worker.Stage;
import io.millrace.worker.StageException;
import io.millrace.worker.TaskParameters;
import io.millrace.worker.Workbench;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Channel pruning as a stage. {@code compress} forks into {@code measure} tasks of a few groups of channels each, which
 * score every group at several counts, and {@code select}, which joins the scores, cuts the model, proves the cut and
 * fits the layers behind it.
 */
@ApplicationScoped
public class PruningStage implements Stage {
    /** Samples on which a cut is proven. */
    private static final int PROVEN_ON = 8;

    private final SessionOptions options =
            SessionOptions.threads(Runtime.getRuntime().availableProcessors());

    /**
     * The parameters of a {@code measure} task: what the measurement depends on and nothing else, so that it is found
     * again by tasks with other targets.
     *
     * @param groups by {@link PrunableGroup#key}
     */
    record Portion(
            Method method, PruningCriterion criterion, String align, int candidates, int samples, List<String> groups) {
        static Portion of(PruningParameters parameters, List<PrunableGroup> groups) {
            return new Portion(
                    parameters.method(),
                    parameters.criterion(),
                    parameters.align(),
                    parameters.candidates(),
                    parameters.samples(),
                    groups.stream().map(PrunableGroup::key).toList());
        }

        Grid grid() {
            return new Grid(Criterion.of(criterion), Alignment.parse(align), candidates);
        }
    }

    @Override
    public String name() {
        return Stages.PRUNING;
    }

    @Override
    public Set<String> actions() {
        return Set.of("compress", "measure", "select");
    }

    @Override
    public Outcome run(Task task, Workbench bench) throws IOException {
        try {
            OnnxModel model = OnnxModel.read(bench.model("model"));
            ComputedBiases.store(model);
            Unsharing.unshare(model);
            return switch (task.action()) {
                case "compress" -> compress(model, TaskParameters.read(task, PruningParameters.class), bench);
                case "measure" -> measure(model, TaskParameters.read(task, Portion.class), bench);
                default -> select(model, TaskParameters.read(task, PruningParameters.class), task.joined(), bench);
            };
        } catch (InvalidModelException | InvalidDataException e) {
            throw StageException.invalidInput(e.getMessage());
        } catch (RuntimeException e) {
            throw StageException.in("channel-pruning", e);
        }
    }

    private Outcome compress(OnnxModel model, PruningParameters parameters, Workbench bench) throws IOException {
        if (parameters.macRatio().compareTo(BigDecimal.ONE) >= 0) {
            ObjectNode findings = JsonNodeFactory.instance.objectNode();
            findings.putArray("notes")
                    .add("mac-ratio %s asks for nothing: the model stays as it is"
                            .formatted(parameters.macRatio().toPlainString()));
            return Result.ofModels(
                    List.of(bench.storeModel(
                            "pruned.onnx",
                            "channel-pruning " + parameters.macRatio().toPlainString(),
                            bench.model("model"),
                            findings)),
                    findings);
        }
        PruningPlan plan = PruningPlan.of(model, grid(parameters), bench.seed());
        if (plan.groups().isEmpty()) {
            throw StageException.unsupported("no channel of the model can be pruned: " + reasons(plan.declined()));
        }
        samples(model, parameters.samples(), bench).close();
        int size = parameters.groupsPerTask();
        List<Part> parts = new ArrayList<>();
        for (int from = 0; from < plan.groups().size(); from += size) {
            List<PrunableGroup> portion = plan.groups()
                    .subList(from, Math.min(from + size, plan.groups().size()));
            parts.add(new Part(
                    "groups %d-%d".formatted(from + 1, from + portion.size()),
                    "measure",
                    TaskParameters.write(Portion.of(parameters, portion))));
        }
        return new Fork(parts, new Part("prune", "select", TaskParameters.write(parameters)));
    }

    /** What decides the options of a group. */
    private static Grid grid(PruningParameters parameters) {
        return new Grid(
                Criterion.of(parameters.criterion()), Alignment.parse(parameters.align()), parameters.candidates());
    }

    private static Strategy strategy(PruningParameters parameters) {
        return parameters.allocation() == PruningParameters.Allocation.GREEDY ? Strategy.GREEDY : Strategy.LAGRANGE;
    }

    private static String reasons(Map<String, String> declined) {
        return declined.isEmpty()
                ? "it has no convolution and no fully connected layer"
                : declined.entrySet().stream()
                        .limit(5)
                        .map(entry -> entry.getKey() + ": " + entry.getValue())
                        .collect(Collectors.joining("; "));
    }

    private Result measure(OnnxModel model, Portion portion, Workbench bench) throws IOException {
        PruningPlan plan = PruningPlan.of(model, portion.grid(), bench.seed());
        List<PrunableGroup> groups = plan.groups().stream()
                .filter(group -> portion.groups().contains(group.key()))
                .toList();
        try (Batches batches = samples(model, portion.samples(), bench)) {
            int runs = 1
                    + groups.stream().mapToInt(group -> group.options().size()).sum();
            long total = (long) runs * batches.count();
            long[] done = {0};
            Runnable step = () -> bench.progress(Progress.of("measuring groups of channels", ++done[0], total));
            ReferenceOutputs reference = new ReferenceOutputs(model, outputs(model, bench), batches, options, step);
            return new SensitivityTable(groups.stream()
                            .map(group -> measure(model, group, reference, step))
                            .toList())
                    .toResult();
        }
    }

    /** The group loses some of its channels, the rest of the network stays as it is. */
    private static Sensitivity measure(
            OnnxModel model, PrunableGroup group, ReferenceOutputs reference, Runnable afterBatch) {
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

    private Result select(OnnxModel model, PruningParameters parameters, List<Result> joined, Workbench bench)
            throws IOException {
        PruningPlan plan = PruningPlan.of(model, grid(parameters), bench.seed());
        SensitivityTable table = SensitivityTable.of(joined);
        ChannelPruning pruning = new ChannelPruning(model, plan, table);
        Target target = new Target(parameters.macRatio(), pruning.macs());
        ChannelPruning.Choice choice = pruning.choose(strategy(parameters), target);
        OnnxModel pruned = pruning.cut(choice);
        prove(model, pruned, choice, bench);
        CompressionFindings findings = new CompressionFindings();
        ObjectNode entry = findings.model(parameters.method().wireName(), target);
        entry.put("criterion", parameters.criterion().wireName());
        choice.describe(entry.withArray("/layers"));
        int limit = parameters.reconstruct() ? parameters.reconstructionSamples() : parameters.samples();
        OnnxModel best;
        try (Batches batches = samples(model, limit, bench)) {
            PrunedModel made = new PrunedModel(model, pruned, outputs(model, bench), batches, options, bench);
            best = parameters.reconstruct()
                    ? made.reconstructed(choice.removed(), findings, entry)
                    : made.compared(findings, entry);
        }
        String label = findings.reached(entry, target, Costs.of(best).macs(), choice.next());
        findings.costs(model, Costs.of(model));
        findings.declined(plan.declined());
        plan.groups().forEach(group -> findings.sensitivity(group.group().id(), group.ratios(), table.of(group.key())));
        plan.rankedOtherwise(Criterion.of(parameters.criterion())).ifPresent(findings::note);
        Path file = bench.scratch().resolve("pruned.onnx");
        best.write(file);
        return Result.ofModels(List.of(bench.storeModel("pruned.onnx", label, file, entry)), findings.toJson());
    }

    private void prove(OnnxModel model, OnnxModel pruned, ChannelPruning.Choice choice, Workbench bench)
            throws IOException {
        try (Batches batches = samples(model, PROVEN_ON, bench)) {
            SameOutputs.flaw(
                            ChannelCut.zero(model, choice.removed()),
                            pruned,
                            batches.iterator().next().inputs(),
                            options.withLevel(SessionOptions.Level.BASIC),
                            Tolerance.of(model))
                    .ifPresent(flaw -> {
                        throw StageException.unsupported(
                                "the pruned model does not equal the model with these channels switched off, and is"
                                        + " not delivered: "
                                        + flaw.words());
                    });
        }
    }

    private static Batches samples(OnnxModel model, int limit, Workbench bench) throws IOException {
        return Samples.of(bench.data("calibration"), model, limit, bench.seed());
    }

    private static List<ModelOutput> outputs(OnnxModel model, Workbench bench) throws IOException {
        return KnownOutputs.of(model, bench.data("calibration"), bench.outputs());
    }
}
