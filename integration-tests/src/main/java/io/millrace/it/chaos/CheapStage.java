package io.millrace.it.chaos;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.artifacts.Sha256;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.worker.Stage;
import io.millrace.worker.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Work whose result is known beforehand: each part hashes the model with the job's number and its own, and the join
 * writes the hashes of all parts into the metadata of the model. Costs a fraction of a second a part, or as long as the
 * parameter {@code part-millis} says.
 */
public final class CheapStage implements Stage {
    public static final String NAME = "cheap";
    public static final int PARTS = 4;

    private static final long STEP_MILLIS = 50;
    private static final int PART_MILLIS = 150;

    /** What a job with this number must end with, of a model with this content. */
    public static byte[] result(byte[] model, int number) {
        return noted(
                model,
                IntStream.range(0, PARTS)
                        .mapToObj(part -> hash(model, number, part))
                        .collect(Collectors.joining("\n")));
    }

    /** A message that follows another is merged into it: so a model gets metadata without being read. */
    private static byte[] noted(byte[] model, String hashes) {
        byte[] note = ModelProto.newBuilder()
                .addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey("hashes").setValue(hashes))
                .build()
                .toByteArray();
        byte[] all = Arrays.copyOf(model, model.length + note.length);
        System.arraycopy(note, 0, all, model.length, note.length);
        return all;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<String> actions() {
        return Set.of("run", "part", "join");
    }

    @Override
    public Outcome run(Task task, Workbench bench) throws IOException, InterruptedException {
        return switch (task.action()) {
            case "run" -> fork(task);
            case "part" -> part(task, bench);
            default -> join(task, bench);
        };
    }

    private static Outcome fork(Task task) {
        List<Part> parts = IntStream.range(0, PARTS)
                .mapToObj(i -> new Part("part " + i, "part", parameters(task).put("part", i)))
                .toList();
        return new Outcome.Fork(parts, new Part("join", "join", parameters(task)));
    }

    private static Outcome part(Task task, Workbench bench) throws IOException, InterruptedException {
        int steps = (int) (task.parameters().get("part-millis").asInt() / STEP_MILLIS);
        for (int step = 0; step < steps; step++) {
            bench.progress(Progress.of("hashing slowly", step, steps));
            Thread.sleep(STEP_MILLIS);
        }
        int number = task.parameters().get("number").asInt();
        int part = task.parameters().get("part").asInt();
        ObjectNode findings = JsonNodeFactory.instance.objectNode();
        return Outcome.Result.ofFindings(
                findings.put("hash", hash(Files.readAllBytes(bench.model("model")), number, part)));
    }

    private static Outcome join(Task task, Workbench bench) throws IOException {
        String hashes = task.joined().stream()
                .map(result -> result.findings().get("hash").asText())
                .collect(Collectors.joining("\n"));
        byte[] model = Files.readAllBytes(bench.model("model"));
        Path file = Files.write(bench.scratch().resolve("result"), noted(model, hashes));
        return Outcome.Result.ofModels(
                List.of(bench.storeModel("result.onnx", "hashes", file, parameters(task))), parameters(task));
    }

    private static ObjectNode parameters(Task task) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("number", task.parameters().get("number").asInt())
                .put("part-millis", task.parameters().path("part-millis").asInt(PART_MILLIS));
    }

    private static String hash(byte[] model, int number, int part) {
        return Sha256.of(Sha256.of(model) + ":" + number + ":" + part);
    }
}
