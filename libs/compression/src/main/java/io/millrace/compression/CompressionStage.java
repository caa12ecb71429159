package io.millrace.compression;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.method.InvalidParametersException;
import io.millrace.contracts.method.ParameterReader;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Task;
import io.millrace.data.InvalidDataException;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.time.TimeTable;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.rewrite.ComputedBiases;
import io.millrace.selection.Measure;
import io.millrace.selection.NetworkPart;
import io.millrace.selection.SensitivityTable;
import io.millrace.worker.Stage;
import io.millrace.worker.StageException;
import io.millrace.worker.TaskParameters;
import io.millrace.worker.Workbench;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A service's methods as a stage. {@code compress} forks into {@code measure} tasks of some parts of the network each,
 * which score their options, and {@code select}, which joins the scores into one table and makes the models.
 */
public abstract class CompressionStage implements Stage {
    private static final String PARTS = "parts";
    private static final String CALIBRATION = "calibration";

    /** What no measurement depends on, whatever the method: how much is wanted. */
    private static final Set<String> TARGETS = targets();

    private final String name;
    private final List<CompressionMethod<?>> methods;
    private final SessionOptions options =
            SessionOptions.threads(Runtime.getRuntime().availableProcessors());

    /**
     * @param name of its queue
     * @param methods the first is that of tasks that name none
     */
    protected CompressionStage(String name, List<CompressionMethod<?>> methods) {
        this.name = name;
        this.methods = List.copyOf(methods);
    }

    private static Set<String> targets() {
        Set<String> targets = new HashSet<>(Measure.targets());
        Measure.targets().forEach(target -> targets.add(target + "s"));
        return targets;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<String> actions() {
        return Set.of("compress", "measure", "select");
    }

    @Override
    public Outcome run(Task task, Workbench bench) throws IOException {
        CompressionMethod<?> method = method(task);
        try {
            OnnxModel model = OnnxModel.read(bench.model("model"));
            ComputedBiases.store(model);
            return run(method, task, model, bench);
        } catch (InvalidModelException | InvalidDataException | InvalidRequestException e) {
            throw StageException.invalidInput(e.getMessage());
        } catch (RuntimeException e) {
            throw StageException.in(method.name(), e);
        }
    }

    /** What each of its methods can do to a network, with parameters at their defaults; the network is left as it is. */
    public List<CompressionOffer> offers(OnnxModel network) {
        OnnxModel model = network.copy();
        ComputedBiases.store(model);
        return methods.stream().map(method -> offer(method, model)).toList();
    }

    private static <P extends Record> CompressionOffer offer(CompressionMethod<P> method, OnnxModel model) {
        try {
            P defaults = ParameterReader.read(
                    method.parameters(), JsonNodeFactory.instance.objectNode().put("method", method.name()));
            return CompressionOffer.of(method.name(), method.plan(model, defaults, 1));
        } catch (InvalidParametersException | RuntimeException e) {
            return new CompressionOffer(
                    method.name(), List.of(), Map.of("the network", String.valueOf(e.getMessage())));
        }
    }

    private CompressionMethod<?> method(Task task) {
        JsonNode named = task.parameters().path("method");
        return named.isMissingNode()
                ? methods.get(0)
                : methods.stream()
                        .filter(method -> method.name().equals(named.asText()))
                        .findFirst()
                        .orElseThrow(() -> StageException.invalidInput("method: \"%s\" is none of %s"
                                .formatted(
                                        named.asText(),
                                        methods.stream()
                                                .map(CompressionMethod::name)
                                                .collect(Collectors.joining(", ")))));
    }

    private <P extends Record> Outcome run(CompressionMethod<P> method, Task task, OnnxModel model, Workbench bench)
            throws IOException {
        ObjectNode given = task.parameters().deepCopy();
        JsonNode keys = given.remove(PARTS);
        P parameters = TaskParameters.read(task.withParameters(given), method.parameters());
        CompressionRequest request = method.request(parameters);
        CompressionPlan plan = method.plan(model, parameters, bench.seed());
        return switch (task.action()) {
            case "measure" -> measure(plan, request, keys, samples(model, bench), bench);
            case "select" ->
                models(method, plan, model, request, Optional.of(SensitivityTable.of(task.joined())), bench);
            default -> compress(method, parameters, plan, model, bench);
        };
    }

    private <P extends Record> Outcome compress(
            CompressionMethod<P> method, P parameters, CompressionPlan plan, OnnxModel model, Workbench bench)
            throws IOException {
        CompressionRequest request = method.request(parameters);
        if (request.asksForNothing()) {
            return unchanged(method, request, bench);
        }
        if (plan.parts().isEmpty()) {
            throw StageException.unsupported(
                    "%s fits no part of the model: %s".formatted(method.name(), reasons(plan.declined())));
        }
        if (!request.measured()) {
            return models(method, plan, model, request, Optional.empty(), bench);
        }
        if (!bench.hasData(CALIBRATION)) {
            throw StageException.invalidInput(
                    "data.calibration: %s measures on it what is lost; name a data set".formatted(method.name()));
        }
        CalibrationSamples samples = samples(model, bench);
        samples.draw(request.samples()).close();
        samples.outputs();
        ObjectNode measured = TaskParameters.write(parameters);
        measured.remove(TARGETS);
        measured.remove(method.afterMeasuring());
        List<List<NetworkPart>> portions = Portions.of(plan.parts(), request.samples());
        List<Part> parts = new ArrayList<>();
        for (List<NetworkPart> portion : portions) {
            ObjectNode own = measured.deepCopy();
            portion.forEach(part -> own.withArray("/" + PARTS).add(part.key()));
            parts.add(new Part("measure, %d of %d".formatted(parts.size() + 1, portions.size()), "measure", own));
        }
        return new Fork(parts, new Part("select", "select", TaskParameters.write(parameters)));
    }

    private static Result unchanged(CompressionMethod<?> method, CompressionRequest request, Workbench bench)
            throws IOException {
        ObjectNode findings = JsonNodeFactory.instance.objectNode();
        findings.putArray("notes").add(request.words() + " asks for nothing: the model stays as it is");
        return Result.ofModels(
                List.of(bench.storeModel(
                        "unchanged.onnx", method.name() + " " + request.words(), bench.model("model"), findings)),
                findings);
    }

    private static Result measure(
            CompressionPlan plan,
            CompressionRequest request,
            JsonNode keys,
            CalibrationSamples samples,
            Workbench bench) {
        Set<String> wanted = new HashSet<>();
        keys.forEach(key -> wanted.add(key.asText()));
        List<NetworkPart> parts = plan.parts().stream()
                .filter(part -> wanted.contains(part.key()))
                .toList();
        return new SensitivityTable(plan.measure(parts, samples, request.samples(), bench::progress)).toResult();
    }

    private Result models(
            CompressionMethod<?> method,
            CompressionPlan plan,
            OnnxModel model,
            CompressionRequest request,
            Optional<SensitivityTable> table,
            Workbench bench)
            throws IOException {
        Optional<CalibrationSamples> samples =
                bench.hasData(CALIBRATION) ? Optional.of(samples(model, bench)) : Optional.empty();
        return new CompressedModels(
                        model,
                        method.name(),
                        plan,
                        samples,
                        request.samples(),
                        new TimeTable(new SharedTimes(bench), Pricing.THREADS),
                        bench::progress)
                .make(request, table, (name, label, made, entry) -> {
                    Path file = bench.scratch().resolve("compressed.onnx");
                    made.write(file);
                    return bench.storeModel(name, label, file, entry);
                });
    }

    private CalibrationSamples samples(OnnxModel model, Workbench bench) throws IOException {
        return new CalibrationSamples(model, bench.data(CALIBRATION), bench.outputs(), bench.seed(), options);
    }

    private static String reasons(Map<String, String> declined) {
        return declined.isEmpty()
                ? "it has no convolution and no fully connected layer"
                : declined.entrySet().stream()
                        .limit(5)
                        .map(entry -> entry.getKey() + ": " + entry.getValue())
                        .collect(Collectors.joining("; "));
    }
}
