package io.millrace.evaluator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.data.Dataset;
import io.millrace.data.InvalidDataException;
import io.millrace.inference.InferenceException;
import io.millrace.onnx.InvalidModelException;
import io.millrace.worker.Stage;
import io.millrace.worker.StageException;
import io.millrace.worker.TaskParameters;
import io.millrace.worker.Workbench;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Figures of models. {@code baseline} measures a job's own model and refuses a job whose model or data are wrong;
 * {@code evaluate} measures a candidate against it.
 */
@ApplicationScoped
public class EvaluatorStage implements Stage {
    private static final List<String> MEASURED_ON = List.of("validation", "calibration", "train");
    private static final long KEPT_BYTES =
            Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    private final KeptAnswers kept = new KeptAnswers(KEPT_BYTES);

    @Override
    public String name() {
        return Stages.EVALUATION;
    }

    @Override
    public Set<String> actions() {
        return Set.of("baseline", "evaluate");
    }

    @Override
    public Outcome run(Task task, Workbench bench) throws IOException {
        EvaluationParameters parameters = TaskParameters.read(task, EvaluationParameters.class);
        Addresses addresses = new Addresses();
        try {
            return task.action().equals("baseline")
                    ? baseline(task, bench, parameters, addresses)
                    : evaluate(task, bench, parameters, addresses);
        } catch (InvalidModelException | InvalidDataException | InferenceException e) {
            throw new StageException(FailureKind.INVALID_INPUT, addresses.in(e.getMessage()), e);
        }
    }

    private Outcome baseline(Task task, Workbench bench, EvaluationParameters parameters, Addresses addresses)
            throws IOException {
        Subject original = subject("model", task, bench, addresses);
        if (!original.hasLayers()) {
            throw StageException.unsupported("%s: the model has no convolution and no matrix product with a stored"
                            .formatted(task.models().get("model").uri())
                    + " weight, so there is nothing to compress"
                    + original.costs().uncounted().stream()
                            .findFirst()
                            .map(row -> "; " + row.node().label() + " is left as it is: " + row.uncounted())
                            .orElse(""));
        }
        Map<String, Dataset> sets = new HashMap<>();
        for (String role : task.data().keySet()) {
            sets.put(role, original.bind(dataset(role, task, bench, addresses)));
        }
        String role = measuredOn(sets.keySet());
        Evaluation evaluation = checked(
                measuring(sets.get(role), parameters, task, bench).ofOriginal(original, name("model", role, task)),
                parameters,
                task.data().get(role),
                role);
        ObjectNode findings = Json.mapper().createObjectNode();
        ObjectNode resolved = findings.putObject("resolved");
        resolved.set("models", Json.mapper().valueToTree(task.models()));
        resolved.set("data", Json.mapper().valueToTree(task.data()));
        findings.set("outputs", Json.mapper().valueToTree(evaluation.outputs()));
        findings.set("notes", Json.mapper().valueToTree(evaluation.notes()));
        return new Outcome.Result(List.of(), findings, evaluation);
    }

    private Outcome evaluate(Task task, Workbench bench, EvaluationParameters parameters, Addresses addresses)
            throws IOException {
        Subject subject = subject("model", task, bench, addresses);
        Subject original = subject("original", task, bench, addresses);
        String role = measuredOn(task.data().keySet());
        Evaluation evaluation = checked(
                measuring(dataset(role, task, bench, addresses), parameters, task, bench)
                        .of(subject, original, name("original", role, task)),
                parameters,
                task.data().get(role),
                role);
        ObjectNode findings = Json.mapper().createObjectNode();
        findings.set("notes", Json.mapper().valueToTree(evaluation.notes()));
        LayerTable.describe(subject, original, findings);
        return new Outcome.Result(List.of(), findings, evaluation);
    }

    private ModelEvaluation measuring(Dataset data, EvaluationParameters parameters, Task task, Workbench bench) {
        return new ModelEvaluation(
                data,
                parameters,
                task.outputs(),
                kept,
                doing -> (done, total) -> bench.progress(Progress.of(doing, done, total)));
    }

    /** Of a model and a data set, by what is in them. */
    private static String name(String model, String data, Task task) {
        return task.models().get(model).sha256() + "/" + task.data().get(data).sha256();
    }

    private static Subject subject(String role, Task task, Workbench bench, Addresses addresses) throws IOException {
        Path file = bench.model(role);
        addresses.put(file, task.models().get(role));
        return Subject.read(file);
    }

    private static Dataset dataset(String role, Task task, Workbench bench, Addresses addresses) throws IOException {
        Path folder = bench.data(role);
        addresses.put(folder, task.data().get(role));
        return Dataset.open(folder);
    }

    private static String measuredOn(Set<String> roles) {
        return MEASURED_ON.stream()
                .filter(roles::contains)
                .findFirst()
                .orElseThrow(() -> StageException.invalidInput(
                        "data.validation is missing: name a data set to measure models on"));
    }

    /** The figures, with a note where they flatter; refused where the one that the job decides by is not among them. */
    private static Evaluation checked(
            ModelEvaluation.Measured measured, EvaluationParameters parameters, Artifact data, String role) {
        Evaluation figures = measured.figures();
        if (!figures.metrics().containsKey(parameters.metric())) {
            throw StageException.invalidInput("%s: metric '%s' cannot be measured here: %s; there are %s"
                    .formatted(
                            data.uri(),
                            parameters.metric(),
                            measured.absent().get(parameters.metric()),
                            new TreeSet<>(figures.metrics().keySet())));
        }
        if (role.equals("validation")) {
            return figures;
        }
        List<String> notes = new ArrayList<>(figures.notes());
        notes.add("measured on the " + role + " data, for lack of validation data: figures flatter the models");
        return new Evaluation(
                figures.metrics(),
                figures.macs(),
                figures.parameters(),
                figures.bytes(),
                figures.latency(),
                figures.outputs(),
                notes);
    }
}
