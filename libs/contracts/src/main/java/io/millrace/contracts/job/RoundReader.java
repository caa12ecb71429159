package io.millrace.contracts.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Stages;
import io.millrace.contracts.job.Fields.Range;
import io.millrace.contracts.job.JobSpec.Keep;
import io.millrace.contracts.job.JobSpec.Round;
import io.millrace.contracts.job.JobSpec.Step;
import java.util.List;

/** Reads one round of a recipe. */
final class RoundReader {
    static final String COMPLEMENT = "complement";

    private static final String RATIO = "mac-ratio";
    private static final String RATIOS = "mac-ratios";
    private static final List<String> KINDS = List.of("compress", "quantize", "stage");

    private final Fields round;
    private Double maxDrop;

    RoundReader(Fields round) {
        this.round = round;
    }

    /** The round; its step is {@code null} if that is at fault. */
    Round read() {
        List<String> named = KINDS.stream().filter(round::has).toList();
        if (named.size() != 1) {
            round.fault(
                    named.isEmpty() ? KINDS.get(0) : named.get(1),
                    "a round has exactly one of " + String.join(", ", KINDS));
        }
        Step step = named.isEmpty() ? null : step(named.get(0));
        ObjectNode finetune = finetune();
        return new Round(step, finetune, keep());
    }

    private Step step(String kind) {
        try (Fields fields = round.object(kind)) {
            return switch (kind) {
                case "compress" -> compress(fields);
                case "quantize" -> quantize(fields);
                default -> outside(fields);
            };
        }
    }

    private Step compress(Fields fields) {
        if (!fields.has("method")) {
            fields.fault("method", "is missing; there are " + String.join(", ", Method.COMPRESS.keySet()));
        }
        Method method = Method.COMPRESS.get(fields.oneOf("method", Method.COMPRESS.keySet()) + "");
        JsonNode ratios = ratios(fields);
        if (method == null) {
            fields.acceptAll();
            return null;
        }
        method.check(fields);
        ObjectNode parameters = fields.copy();
        parameters.remove(List.of(RATIO, RATIOS));
        parameters.set(method.severalRatios() ? RATIOS : RATIO, ratios);
        return new Step("compress", method.stage(), "compress", parameters);
    }

    /** The target ratios as a list, whether written as one or as several. */
    private JsonNode ratios(Fields fields) {
        ArrayNode ratios = JsonNodeFactory.instance.arrayNode();
        if (fields.has(RATIO) == fields.has(RATIOS)) {
            fields.fault(RATIO, "give either mac-ratio (a number, or complement) or mac-ratios (a list)");
        } else if (fields.has(RATIO)) {
            addRatio(fields, fields.pathOf(RATIO), fields.get(RATIO), ratios);
        } else {
            List<JsonNode> elements = fields.list(RATIOS);
            for (int i = 0; i < elements.size(); i++) {
                addRatio(fields, fields.pathOf(RATIOS) + "[" + i + "]", elements.get(i), ratios);
            }
        }
        return ratios;
    }

    private static void addRatio(Fields fields, String path, JsonNode value, ArrayNode ratios) {
        if (COMPLEMENT.equals(value.asText())) {
            ratios.add(value);
        } else if (value.isTextual()) {
            fields.faults().add(new Fault(path, "must be a number " + Range.RATIO + ", or \"complement\""));
        } else if (fields.number(path, value, Range.RATIO) != null) {
            ratios.add(value);
        }
    }

    private Step quantize(Fields fields) {
        Method.QUANTIZE.check(fields);
        maxDrop = fields.number("max-drop", Range.FRACTION);
        ObjectNode parameters = fields.copy();
        parameters.remove("max-drop");
        return new Step("quantize", Method.QUANTIZE.stage(), "quantize", parameters);
    }

    private Step outside(Fields fields) {
        String name = fields.required("name", "\"my-stage\", which takes from millrace.tasks.my-stage");
        if (name != null && !name.matches("[a-z0-9][a-z0-9-]{0,62}")) {
            fields.fault("name", "must be of small letters, digits and dashes, as it names a topic");
        }
        if (Stages.BUILT_IN.contains(name)) {
            fields.fault("name", "\"" + name + "\" is built in; use compress or quantize");
        }
        String action = fields.text("action");
        JsonNode parameters = fields.get("parameters");
        if (parameters != null && !parameters.isObject()) {
            fields.fault("parameters", "must be an object with named fields");
            return null;
        }
        ObjectNode copy = parameters == null ? JsonNodeFactory.instance.objectNode() : parameters.deepCopy();
        return new Step("stage", name, action == null ? "run" : action, copy);
    }

    private ObjectNode finetune() {
        if (!round.has("finetune")) {
            return null;
        }
        if (round.has("quantize")) {
            round.fault("finetune", "a quantized model is not fine-tuned; do it in the round before");
        }
        try (Fields fields = round.object("finetune")) {
            Method.FINETUNE.check(fields);
            return fields.copy();
        }
    }

    private Keep keep() {
        try (Fields fields = round.object("keep")) {
            return new Keep(fields.number("within", Range.FRACTION), fields.count("top", 1), maxDrop);
        }
    }
}
