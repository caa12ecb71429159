package io.millrace.pruning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Outcome.ProducedModel;
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
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.Tolerance;
import io.millrace.onnx.rewrite.ComputedBiases;
import io.millrace.pruning.GroupSensitivity.Measured;
import io.millrace.pruning.PruningPlan.PrunableGroup;
import io.millrace.worker.Stage;
import io.millrace.worker.StageException;
import io.millrace.worker.TaskParameters;
import io.millrace.worker.Workbench;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
    private final SessionOptions options =
            SessionOptions.threads(Runtime.getRuntime().availableProcessors());

    /** The parameters of a {@code measure} task: the groups by {@link PrunableGroup#key}. */
    record Portion(PruningParameters settings, List<String> groups) {}

    /** The findings of a {@code measure} task. */
    record Scores(List<Measured> measured) {}

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
            return switch (task.action()) {
                case "compress" -> compress(model, TaskParameters.read(task, PruningParameters.class), bench);
                case "measure" -> measure(model, TaskParameters.read(task, Portion.class), bench);
                default -> select(model, TaskParameters.read(task, PruningParameters.class), task.joined(), bench);
            };
        } catch (InvalidModelException | InvalidDataException e) {
            throw StageException.invalidInput(e.getMessage());
        }
    }

    private Outcome compress(OnnxModel model, PruningParameters parameters, Workbench bench) throws IOException {
        if (parameters.macRatio().compareTo(BigDecimal.ONE) >= 0) {
            ObjectNode findings = JsonNodeFactory.instance.objectNode();
            findings.putArray("notes")
                    .add("mac-ratio %s asks for nothing: the model stays as it is"
                            .formatted(parameters.macRatio().toPlainString()));
            return Result.ofModels(
                    List.of(bench.storeModel("pruned.onnx", label(parameters), bench.model("model"), findings)),
                    findings);
        }
        PruningPlan plan = PruningPlan.of(model, parameters, bench.seed());
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
                    TaskParameters.write(new Portion(
                            parameters, portion.stream().map(PrunableGroup::key).toList()))));
        }
        return new Fork(parts, new Part("prune", "select", TaskParameters.write(parameters)));
    }

    private static String label(PruningParameters parameters) {
        return "channel-pruning " + parameters.macRatio().toPlainString();
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
        PruningPlan plan = PruningPlan.of(model, portion.settings(), bench.seed());
        List<PrunableGroup> groups = plan.groups().stream()
                .filter(group -> portion.groups().contains(group.key()))
                .toList();
        List<Measured> measured = new ArrayList<>();
        Batches batches = samples(model, portion.settings().samples(), bench);
        int runs = 1 + groups.stream().mapToInt(group -> group.options().size()).sum();
        long total = (long) runs * batches.count();
        long[] done = {0};
        Runnable step = () -> bench.progress(Progress.of("measuring groups of channels", ++done[0], total));
        try (GroupSensitivity sensitivity =
                new GroupSensitivity(model, outputs(model, bench), batches, options, step)) {
            groups.forEach(group -> measured.add(sensitivity.measure(group, step)));
        }
        return Result.ofFindings(Json.mapper().valueToTree(new Scores(measured)));
    }

    private Result select(OnnxModel model, PruningParameters parameters, List<Result> joined, Workbench bench)
            throws IOException {
        PruningPlan plan = PruningPlan.of(model, parameters, bench.seed());
        Map<String, Measured> measured = new HashMap<>();
        for (Result part : joined) {
            for (JsonNode node : part.findings().path("measured")) {
                Measured scores = Json.mapper().convertValue(node, Measured.class);
                measured.put(scores.key(), scores);
            }
        }
        ChannelPruning pruning = new ChannelPruning(model, plan, measured, parameters);
        ChannelPruning.Choice choice = pruning.choose();
        OnnxModel pruned = pruning.cut(choice);
        try (Batches batches = samples(model, 1, bench)) {
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
        PruningFindings findings = new PruningFindings(parameters, plan, measured, choice);
        try (GroupSensitivity outputs = new GroupSensitivity(
                model,
                outputs(model, bench),
                samples(model, parameters.samples(), bench),
                options,
                () -> bench.progress(Progress.of("comparing outputs", 0, 0)))) {
            OnnxModel best = pruned;
            double loss = findings.pruned(outputs.divergence(pruned, () -> {}));
            if (parameters.reconstruct()) {
                OnnxModel fitted = pruned.copy();
                findings.fits(reconstruct(model, fitted, choice, parameters, bench));
                if (findings.reconstructed(outputs.divergence(fitted, () -> {})) <= loss) {
                    best = fitted;
                } else {
                    findings.note(
                            "reconstruction made the outputs worse and was dropped; more calibration data may help");
                }
            }
            findings.macs(pruning.macs(), best, choice);
            Path file = bench.scratch().resolve("pruned.onnx");
            best.write(file);
            ProducedModel produced =
                    bench.storeModel("pruned.onnx", label(parameters), file, findings.modelParameters());
            return Result.ofModels(List.of(produced), findings.toJson());
        }
    }

    private List<Reconstruction.Fit> reconstruct(
            OnnxModel model,
            OnnxModel pruned,
            ChannelPruning.Choice choice,
            PruningParameters parameters,
            Workbench bench)
            throws IOException {
        Reconstruction reconstruction = new Reconstruction(model, choice.removed(), options, bench.seed());
        // other samples than those that score the result, so that the score tells what it is worth
        try (Batches batches =
                Samples.of(bench.data("calibration"), model, parameters.reconstructionSamples(), bench.seed() + 1)) {
            List<Reconstruction.Fit> fits = new ArrayList<>();
            long total = (long) reconstruction.layers().size() * batches.count();
            long[] done = {0};
            reconstruction
                    .layers()
                    .forEach(layer -> fits.add(reconstruction.fit(
                            pruned,
                            layer,
                            batches,
                            () -> bench.progress(Progress.of("fitting layer " + layer.label(), ++done[0], total)))));
            return fits;
        }
    }

    private static Batches samples(OnnxModel model, int limit, Workbench bench) throws IOException {
        return Samples.of(bench.data("calibration"), model, limit, bench.seed());
    }

    private static List<ModelOutput> outputs(OnnxModel model, Workbench bench) throws IOException {
        return KnownOutputs.of(model, bench.data("calibration"), bench.outputs());
    }
}
