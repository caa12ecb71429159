package io.millrace.svd;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Stages;
import io.millrace.contracts.method.Method;
import io.millrace.contracts.method.Ranks;
import io.millrace.contracts.method.SvdParameters;
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
import io.millrace.onnx.cost.Alignment;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.rewrite.ComputedBiases;
import io.millrace.selection.Allocation.Strategy;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.Sensitivity;
import io.millrace.selection.SensitivityTable;
import io.millrace.selection.Target;
import io.millrace.svd.RankSelection.Choice;
import io.millrace.svd.split.RankGrid;
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

    /**
     * The parameters of a {@code measure} task: what the measurement depends on and nothing else, so that it is found
     * again by tasks with other targets.
     *
     * @param layers by {@link SplitLayer#id}
     */
    record Portion(Method method, String align, int candidates, int samples, List<String> layers) {
        static Portion of(SvdParameters parameters, List<SplitLayer> layers) {
            return new Portion(
                    parameters.method(),
                    parameters.align(),
                    parameters.candidates(),
                    parameters.samples(),
                    layers.stream().map(SplitLayer::id).toList());
        }

        RankGrid grid() {
            return new RankGrid(candidates, Alignment.parse(align));
        }
    }

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
        } catch (RuntimeException e) {
            throw StageException.in("spatial-svd", e);
        }
    }

    private Outcome compress(OnnxModel model, SvdParameters parameters, Workbench bench) throws IOException {
        SplitPlan plan = SplitPlan.of(model, grid(parameters));
        if (plan.ranks().isEmpty()) {
            throw StageException.unsupported("no layer of the model is worth splitting: " + reasons(plan.declined()));
        }
        if (parameters.ranks() == Ranks.UNIFORM) {
            return models(model, parameters, plan, plan.unmeasured(), bench);
        }
        samples(model, parameters.samples(), bench).close();
        List<List<SplitLayer>> portions = plan.portions(parameters.layersPerTask());
        List<Part> parts = new ArrayList<>();
        for (List<SplitLayer> portion : portions) {
            parts.add(new Part(
                    "layers, part %d of %d".formatted(parts.size() + 1, portions.size()),
                    "measure",
                    TaskParameters.write(Portion.of(parameters, portion))));
        }
        return new Fork(parts, new Part("select ranks", "select", TaskParameters.write(parameters)));
    }

    private static RankGrid grid(SvdParameters parameters) {
        return new RankGrid(parameters.candidates(), Alignment.parse(parameters.align()));
    }

    /** Unmeasured curves say nothing but how much of a layer goes; one threshold for all is one ratio then. */
    private static Strategy strategy(SvdParameters parameters) {
        return parameters.ranks() == Ranks.LAGRANGE ? Strategy.LAGRANGE : Strategy.GREEDY;
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
        SplitPlan plan = SplitPlan.of(model, portion.grid());
        List<Sensitivity> measured = new ArrayList<>();
        try (Batches batches = samples(model, portion.samples(), bench)) {
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
        return new SensitivityTable(measured).toResult();
    }

    private Result select(OnnxModel model, SvdParameters parameters, List<Result> joined, Workbench bench)
            throws IOException {
        return models(model, parameters, SplitPlan.of(model, grid(parameters)), SensitivityTable.of(joined), bench);
    }

    private Result models(
            OnnxModel model, SvdParameters parameters, SplitPlan plan, SensitivityTable table, Workbench bench)
            throws IOException {
        Costs costs = Costs.of(model);
        RankSelection selection = new RankSelection(plan, table, costs.macs());
        CompressionFindings findings = new CompressionFindings();
        List<ProducedModel> models = new ArrayList<>();
        for (BigDecimal ratio : parameters.macRatios()) {
            bench.progress(Progress.of(
                    "splitting layers for " + ratio,
                    models.size(),
                    parameters.macRatios().size()));
            Target target = new Target(ratio, costs.macs());
            Choice choice = selection.choose(strategy(parameters), target);
            OnnxModel split = choice.apply(model);
            ObjectNode made = findings.model(parameters.method().wireName(), target);
            choice.describe(made.withArray("/layers"), findings);
            String label = findings.reached(made, target, Costs.of(split).macs(), choice.next());
            if (bench.hasData("calibration")) {
                findings.compared(made, "", compare(model, split, parameters, bench));
            }
            Path file = bench.scratch().resolve("split.onnx");
            split.write(file);
            String name = "%s-%s.onnx".formatted(parameters.method().wireName(), ratio.toPlainString());
            models.add(bench.storeModel(name, label, file, made));
        }
        findings.costs(model, costs);
        findings.declined(plan.declined());
        plan.ranks()
                .forEach((layer, ranks) -> findings.sensitivity(
                        layer.name(), ranks.stream().map(layer::ratio).toList(), table.of(layer.id())));
        return Result.ofModels(models, findings.toJson());
    }

    private OutputDivergence compare(OnnxModel model, OnnxModel split, SvdParameters parameters, Workbench bench)
            throws IOException {
        try (Batches batches = samples(model, parameters.samples(), bench)) {
            return Samples.compare(
                    model,
                    outputs(model, bench),
                    split,
                    batches,
                    options,
                    () -> bench.progress(Progress.of("comparing outputs", 0, 0)));
        }
    }

    private static Batches samples(OnnxModel model, int limit, Workbench bench) throws IOException {
        return Samples.of(bench.data("calibration"), model, limit, bench.seed());
    }

    private static List<ModelOutput> outputs(OnnxModel model, Workbench bench) throws IOException {
        return KnownOutputs.of(model, bench.data("calibration"), bench.outputs());
    }
}
