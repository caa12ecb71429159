package io.millrace.svd;

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
import io.millrace.inference.SessionOptions;
import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.inference.sensitivity.Samples;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.rewrite.ComputedBiases;
import io.millrace.svd.RankSelection.Choice;
import io.millrace.svd.split.SplitLayer;
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
 * Spatial SVD as a stage. {@code compress} forks into {@code measure} tasks of a few layers each, which score every
 * layer at several ranks, and {@code select}, which joins the scores into one table and makes one model for each wanted
 * ratio from it.
 */
@ApplicationScoped
public class SvdStage implements Stage {
    private final SessionOptions options =
            SessionOptions.threads(Runtime.getRuntime().availableProcessors());

    /** The parameters of a {@code measure} task: the layers by {@link SplitLayer#id}. */
    record Portion(SvdParameters settings, List<String> layers) {}

    /** The findings of a {@code measure} task. */
    record Measured(List<LayerSensitivity> measured) {}

    @Override
    public String name() {
        return Stages.SVD;
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
                case "compress" -> compress(model, TaskParameters.read(task, SvdParameters.class), bench);
                case "measure" -> measure(model, TaskParameters.read(task, Portion.class), bench);
                default -> select(model, TaskParameters.read(task, SvdParameters.class), task.joined(), bench);
            };
        } catch (InvalidModelException | InvalidDataException e) {
            throw StageException.invalidInput(e.getMessage());
        }
    }

    private Outcome compress(OnnxModel model, SvdParameters parameters, Workbench bench) throws IOException {
        SplitPlan plan = SplitPlan.of(model, parameters.grid());
        if (plan.ranks().isEmpty()) {
            throw StageException.unsupported("no layer of the model is worth splitting: " + reasons(plan.declined()));
        }
        if (parameters.ranks().equals("uniform")) {
            List<LayerSensitivity> sensitivities = plan.ranks().entrySet().stream()
                    .map(entry -> LayerSensitivity.byRatio(entry.getKey(), entry.getValue()))
                    .toList();
            return models(model, parameters, plan, sensitivities, bench);
        }
        samples(model, parameters, bench).close();
        List<List<SplitLayer>> portions = plan.portions(parameters.layersPerTask());
        List<Part> parts = new ArrayList<>();
        for (List<SplitLayer> portion : portions) {
            List<String> ids = portion.stream().map(SplitLayer::id).toList();
            parts.add(new Part(
                    "layers, part %d of %d".formatted(parts.size() + 1, portions.size()),
                    "measure",
                    TaskParameters.write(new Portion(parameters, ids))));
        }
        return new Fork(parts, new Part("select ranks", "select", TaskParameters.write(parameters)));
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
        SplitPlan plan = SplitPlan.of(model, portion.settings().grid());
        List<LayerSensitivity> measured = new ArrayList<>();
        try (Batches batches = samples(model, portion.settings(), bench)) {
            RankSensitivity sensitivity = new RankSensitivity(model, outputs(model, bench), batches, options);
            long total = (long) portion.layers().size() * batches.count();
            long[] done = {0};
            plan.ranks().forEach((layer, ranks) -> {
                if (portion.layers().contains(layer.id())) {
                    measured.add(sensitivity.measure(
                            layer,
                            ranks,
                            () -> bench.progress(Progress.of("measuring layer " + layer.name(), ++done[0], total))));
                }
            });
        }
        return Result.ofFindings(Json.mapper().valueToTree(new Measured(measured)));
    }

    private Result select(OnnxModel model, SvdParameters parameters, List<Result> joined, Workbench bench)
            throws IOException {
        SplitPlan plan = SplitPlan.of(model, parameters.grid());
        Map<String, LayerSensitivity> measured = new HashMap<>();
        for (Result part : joined) {
            for (JsonNode node : part.findings().path("measured")) {
                LayerSensitivity sensitivity = Json.mapper().convertValue(node, LayerSensitivity.class);
                measured.put(sensitivity.layer(), sensitivity);
            }
        }
        List<LayerSensitivity> sensitivities = plan.layers().stream()
                .map(layer -> {
                    if (!measured.containsKey(layer.id())) {
                        throw new IllegalStateException("layer " + layer.name() + " was not measured");
                    }
                    return measured.get(layer.id());
                })
                .toList();
        return models(model, parameters, plan, sensitivities, bench);
    }

    private Result models(
            OnnxModel model,
            SvdParameters parameters,
            SplitPlan plan,
            List<LayerSensitivity> sensitivities,
            Workbench bench)
            throws IOException {
        long macs = Costs.of(model).macs();
        RankSelection selection = new RankSelection(plan.layers(), sensitivities, macs);
        ObjectNode findings = JsonNodeFactory.instance.objectNode();
        var notes = JsonNodeFactory.instance.arrayNode();
        List<ProducedModel> models = new ArrayList<>();
        for (BigDecimal ratio : parameters.macRatios()) {
            bench.progress(Progress.of(
                    "splitting layers for " + ratio,
                    models.size(),
                    parameters.macRatios().size()));
            Choice choice = selection.choose(ratio, parameters.ranks());
            OnnxModel split = choice.apply(model);
            ObjectNode made = SvdFindings.layers(choice);
            made.put("macs-before", macs).put("macs-after", Costs.of(split).macs());
            if (bench.hasData("calibration")) {
                OutputDivergence divergence = compare(model, split, parameters, bench);
                made.put("loss", SvdFindings.rounded(divergence.loss()))
                        .put("agreement", SvdFindings.rounded(divergence.agreement()));
            }
            if (!choice.reached()) {
                notes.add(
                        "mac-ratio %s is out of reach for spatial SVD: this model is at %.3f, its layers at their lowest ranks"
                                .formatted(ratio.toPlainString(), (double) choice.macs() / macs));
            }
            String label = "spatial-svd " + ratio.toPlainString();
            Path file = bench.scratch().resolve("split.onnx");
            split.write(file);
            models.add(bench.storeModel(label.replace(' ', '-') + ".onnx", label, file, made));
            findings.withArray("models").add(made);
        }
        findings.set("layers", models.get(0).parameters().get("layers"));
        SvdFindings.declined(findings, plan.declined());
        SvdFindings.sensitivity(findings, plan.layers(), sensitivities);
        findings.set("notes", notes);
        return Result.ofModels(models, findings);
    }

    private OutputDivergence compare(OnnxModel model, OnnxModel split, SvdParameters parameters, Workbench bench)
            throws IOException {
        try (Batches batches = samples(model, parameters, bench)) {
            return Samples.compare(
                    model,
                    outputs(model, bench),
                    split,
                    batches,
                    options,
                    () -> bench.progress(Progress.of("comparing outputs", 0, 0)));
        }
    }

    private static Batches samples(OnnxModel model, SvdParameters parameters, Workbench bench) throws IOException {
        return Samples.of(bench.data("calibration"), model, parameters.samples(), bench.seed());
    }

    private static List<ModelOutput> outputs(OnnxModel model, Workbench bench) throws IOException {
        return KnownOutputs.of(model, bench.data("calibration"), bench.outputs());
    }
}
