package io.millrace.orchestrator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Evaluation.Latency;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Outcome.ProducedModel;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What stages answer whose models are nothing but their figures: the size stands in the address, and a smaller model is
 * less exact. So every task has one right answer, whoever gives it.
 */
public final class RestAnswers {
    public static final long MACS = 1_000_000;
    private static final double TOP1 = 0.93;

    private RestAnswers() {}

    /** The answer to any task of a built-in stage. */
    public static Outcome to(Task task) {
        return switch (task.stage() + "/" + task.action()) {
            case "evaluation/baseline" -> baseline(task);
            case "evaluation/evaluate" -> evaluate(task);
            case "svd/compress" -> fork(task);
            case "svd/measure" ->
                Result.ofFindings(Json.mapper().createObjectNode().put("measured", task.id()));
            case "svd/select" -> select(task);
            case "pruning/compress" ->
                made(task, List.of(task.parameters().get("mac-ratio").doubleValue()), "cp");
            case "finetune/finetune" -> made(task, List.of(1.0), "ft");
            case "quant/quantize" -> made(task, List.of(1.0), "int8");
            default -> Result.ofFindings(Json.mapper().createObjectNode());
        };
    }

    private static Result baseline(Task task) {
        ObjectNode findings = Json.mapper().createObjectNode();
        ObjectNode resolved = findings.putObject("resolved");
        resolved.putObject("models").set("model", resolved(task.models().get("model")));
        ObjectNode data = resolved.putObject("data");
        task.data().forEach((role, artifact) -> data.set(role, resolved(artifact)));
        return new Result(List.of(), findings, figures(MACS, TOP1, 1));
    }

    private static JsonNode resolved(Artifact artifact) {
        return Json.mapper().valueToTree(new Artifact(artifact.uri(), Json.fingerprint(artifact.uri()), 1));
    }

    private static Result evaluate(Task task) {
        String uri = task.models().get("model").uri();
        double ratio = ratioOf(uri);
        double top1 =
                TOP1 - 0.04 * (1 - ratio) + (uri.contains("-ft") ? 0.018 : 0) - (uri.contains("int8") ? 0.001 : 0);
        return new Result(List.of(), null, figures(Math.round(MACS * ratio), top1, 1 / ratio));
    }

    public static Evaluation figures(long macs, double top1, double speedUp) {
        return new Evaluation(
                Map.of("top1", top1),
                macs,
                macs / 100,
                macs / 25,
                new Latency(3 / speedUp, 1, 4, 3, speedUp, speedUp * 0.98, speedUp * 1.02, 16, 2, null),
                Map.of(),
                List.of());
    }

    private static Fork fork(Task task) {
        List<Part> parts = IntStream.range(0, 3)
                .mapToObj(i -> new Part(
                        "layers " + i, "measure", task.parameters().objectNode().put("part", i)))
                .toList();
        return new Fork(parts, new Part("ranks", "select", task.parameters()));
    }

    private static Result select(Task task) {
        if (task.joined().size() != 3) {
            throw new IllegalStateException(
                    "a join of three parts got " + task.joined().size());
        }
        List<Double> ratios = new ArrayList<>();
        task.parameters().get("mac-ratios").forEach(ratio -> ratios.add(ratio.doubleValue()));
        return made(task, ratios, "svd");
    }

    private static Result made(Task task, List<Double> ratios, String how) {
        String uri = task.models().get("model").uri();
        double before = ratioOf(uri);
        List<ProducedModel> models = ratios.stream()
                .map(ratio -> {
                    String made = uri.replaceAll("@.*", "") + "-" + how + "@" + before * ratio;
                    Artifact model = new Artifact(made, Json.fingerprint(made), 1);
                    return new ProducedModel(
                            how + " " + ratio, model, Json.mapper().createObjectNode());
                })
                .toList();
        return Result.ofModels(models, Json.mapper().createObjectNode().put("by", how));
    }

    private static double ratioOf(String uri) {
        return uri.contains("@") ? Double.parseDouble(uri.substring(uri.indexOf('@') + 1)) : 1;
    }
}
