package io.millrace.contracts.job;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.millrace.contracts.field.Bounds;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.field.Fields;
import io.millrace.contracts.job.JobSpec.Objective;
import io.millrace.contracts.job.JobSpec.Round;
import io.millrace.contracts.method.TargetRatio;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads job specifications, in the long form and in the short one, and finds everything that is wrong with them at
 * once.
 */
public final class JobSpecReader {
    private static final ObjectMapper YAML =
            new ObjectMapper(new YAMLFactory()).enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    private static final List<String> ROLES = List.of("train", "calibration", "validation");
    private static final List<String> OBJECTIVE =
            List.of("metric", "max-drop", "mac-ratio", "parameter-ratio", "size-ratio", "speed-up");
    private static final double DEFAULT_MAX_DROP = 0.01;

    private final Addresses addresses;

    /** What {@code model} and {@code data} may be. */
    public enum Addresses {
        /** {@code s3://bucket/key} only: what services can read. */
        STORED,
        /** Local paths as well: what a user writes, before the files are uploaded. */
        ANY
    }

    public JobSpecReader(Addresses addresses) {
        this.addresses = addresses;
    }

    /**
     * The tree of a YAML or JSON text, without a look at what it says.
     *
     * @throws InvalidJobException if it is neither; the fault names the line
     */
    public static JsonNode parse(String text) throws InvalidJobException {
        try {
            JsonNode tree = YAML.readTree(text);
            return tree == null ? JsonNodeFactory.instance.missingNode() : tree;
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String line = at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new InvalidJobException(List.of(new Fault("job", "not YAML or JSON: " + line + reason)));
        }
    }

    /** {@link #parse} and {@link #read(JsonNode)}. */
    public JobSpec read(String text) throws InvalidJobException {
        return read(parse(text));
    }

    /**
     * The checked specification, defaults filled in and the short form expanded.
     *
     * @throws InvalidJobException with every fault by field
     */
    public JobSpec read(JsonNode tree) throws InvalidJobException {
        Optional<Fault> excess = tree == null ? Optional.empty() : JobBounds.excess(tree);
        if (excess.isPresent()) {
            throw new InvalidJobException(List.of(excess.get()));
        }
        List<Fault> faults = new ArrayList<>();
        JobSpec spec = null;
        try (Fields job = new Fields("", tree == null ? JsonNodeFactory.instance.missingNode() : tree, faults)) {
            if (faults.isEmpty()) {
                spec = read(job);
            }
        }
        if (!faults.isEmpty()) {
            throw new InvalidJobException(JobBounds.bounded(faults));
        }
        return spec;
    }

    private JobSpec read(Fields job) {
        String name = job.text("name");
        String model = address(job, "model", job.required("model", "s3://models/resnet.onnx"));
        boolean shortForm = job.has("recipe") && job.get("recipe").isTextual();
        Objective objective = shortForm ? shortObjective(job) : objective(job, "objective");
        List<Round> recipe = shortForm ? shortRecipe(job, objective) : rounds(job, job.list("recipe"), objective);
        if (!job.has("recipe")) {
            job.fault("recipe", "is missing; a list of rounds, or for example: svd-cp-int8");
        }
        checkSequence(job, recipe, objective);
        JobBounds.check(job, recipe);
        Map<String, String> data = data(job, recipe);
        Map<String, String> outputs = outputs(job);
        JsonNode seed = job.get("seed");
        if (seed != null && !seed.canConvertToLong()) {
            job.fault("seed", "must be a whole number");
        }
        if (!job.faults().isEmpty()) {
            return null;
        }
        return new JobSpec(
                name == null ? stem(model) : name,
                model,
                data,
                objective,
                recipe,
                seed == null ? 0 : seed.longValue(),
                outputs);
    }

    /** Kinds by the names of the model's outputs, which only the model knows. */
    private static Map<String, String> outputs(Fields job) {
        Map<String, String> outputs = new LinkedHashMap<>();
        if (job.has("outputs")) {
            Fields fields = job.object("outputs");
            fields.copy().fieldNames().forEachRemaining(name -> {
                String kind = fields.oneOf(name, JobSpec.OUTPUT_KINDS);
                if (kind != null) {
                    outputs.put(name, kind);
                }
            });
        }
        return outputs;
    }

    private static Objective objective(Fields job, String field) {
        try (Fields fields = job.object(field)) {
            return objective(fields);
        }
    }

    private static Objective objective(Fields fields) {
        String metric = fields.oneOf("metric", JobSpec.METRICS);
        Double maxDrop = fields.number("max-drop", Bounds.FRACTION);
        return new Objective(
                metric == null ? JobSpec.METRICS.get(0) : metric,
                maxDrop == null ? DEFAULT_MAX_DROP : maxDrop,
                fields.number("mac-ratio", Bounds.RATIO),
                fields.number("parameter-ratio", Bounds.RATIO),
                fields.number("size-ratio", Bounds.RATIO),
                fields.number("speed-up", Bounds.POSITIVE));
    }

    /** In the short form the objective's fields may stand at the top. */
    private static Objective shortObjective(Fields job) {
        if (!job.has("objective")) {
            return objective(job);
        }
        for (String field : OBJECTIVE) {
            if (job.has(field)) {
                job.fault(field, "has no effect beside objective; move it there");
            }
        }
        return objective(job, "objective");
    }

    private static List<Round> shortRecipe(Fields job, Objective objective) {
        String recipe = job.text("recipe");
        if (recipe == null || !ShortRecipe.understood(recipe)) {
            job.fault("recipe", ShortRecipe.allowed(String.valueOf(recipe)));
            return List.of();
        }
        if (ShortRecipe.compresses(recipe) && objective.targets().isEmpty()) {
            if (!job.has("mac-ratio")) {
                job.fault(
                        "mac-ratio",
                        "is missing; the MACs to be left over / original, for example: 0.5; or give one of "
                                + String.join(", ", TargetRatio.OTHER_TARGETS));
            }
            return List.of();
        }
        List<JsonNode> rounds = new ArrayList<>();
        ShortRecipe.expand(recipe, objective).forEach(rounds::add);
        return rounds(job, rounds, objective);
    }

    private static List<Round> rounds(Fields job, List<JsonNode> elements, Objective objective) {
        boolean aimed = TargetRatio.OTHER_TARGETS.stream().anyMatch(objective.targets()::containsKey);
        List<Round> rounds = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            try (Fields round = new Fields("recipe[" + i + "]", elements.get(i), job.faults())) {
                if (elements.get(i).isObject()) {
                    rounds.add(new RoundReader(round, aimed).read());
                }
            }
        }
        return rounds;
    }

    private static void checkSequence(Fields job, List<Round> recipe, Objective objective) {
        boolean quantized = false;
        for (int i = 0; i < recipe.size(); i++) {
            JobSpec.Step step = recipe.get(i).step();
            if (step == null) {
                continue;
            }
            String at = "recipe[" + i + "]." + step.kind();
            if (quantized && step.kind().equals("compress")) {
                job.fault(at, "compress first, quantize last: move this round before the quantize round");
            }
            quantized |= step.kind().equals("quantize");
            if (objective.macRatio() == null && step.parameters().toString().contains("\"complement\"")) {
                job.fault(at + ".mac-ratio", "complement needs objective.mac-ratio");
            }
        }
    }

    private Map<String, String> data(Fields job, List<Round> recipe) {
        if (!job.has("data")) {
            job.fault("data", "is missing; data sets by role: " + String.join(", ", ROLES));
            return Map.of();
        }
        Map<String, String> data = new LinkedHashMap<>();
        try (Fields fields = job.object("data")) {
            for (String role : ROLES) {
                String address = address(fields, role, fields.text(role));
                if (address != null) {
                    data.put(role, address);
                }
            }
            if (!fields.has("validation")) {
                fields.fault("validation", "is missing; every candidate is measured on it");
            }
            if (!fields.has("train") && recipe.stream().anyMatch(round -> round.finetune() != null)) {
                fields.fault("train", "is missing; fine-tuning needs it");
            }
            if (!fields.has("calibration") && !fields.has("train")) {
                fields.fault("calibration", "is missing, and there is no train to take instead");
            }
        }
        if (data.containsKey("train")) {
            data.putIfAbsent("calibration", data.get("train"));
        }
        return data;
    }

    private String address(Fields fields, String field, String value) {
        if (value == null || addresses == Addresses.ANY && !value.contains("://")) {
            return value;
        }
        if (!value.matches("s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+")) {
            fields.fault(field, "\"" + value + "\" is no address in the object store; must be s3://bucket/key");
            return null;
        }
        return value;
    }

    private static String stem(String model) {
        String file = model.substring(model.replace('\\', '/').lastIndexOf('/') + 1);
        return file.endsWith(".onnx") ? file.substring(0, file.length() - 5) : file;
    }
}
