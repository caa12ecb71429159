package io.millrace.contracts.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Actions;
import io.millrace.contracts.Stages;
import io.millrace.contracts.field.Bounds;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.field.Fields;
import io.millrace.contracts.job.JobSpec.Keep;
import io.millrace.contracts.job.JobSpec.Round;
import io.millrace.contracts.job.JobSpec.Step;
import io.millrace.contracts.method.Method;
import io.millrace.contracts.method.ParameterReader;
import io.millrace.contracts.method.QuantizeRound;
import io.millrace.contracts.method.TargetRatio;
import java.util.List;

/** Reads one round of a recipe. */
final class RoundReader {
    private static final List<String> KINDS = List.of(Actions.COMPRESS, Actions.QUANTIZE, "stage");
    private static final List<String> COMPRESSING =
            Method.compressing().stream().map(Method::wireName).sorted().toList();

    private final Fields round;
    private final boolean aimed;
    private Double maxDrop;

    /** @param aimed whether the objective says what a round is after that does not say it itself */
    RoundReader(Fields round, boolean aimed) {
        this.round = round;
        this.aimed = aimed;
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
                case Actions.COMPRESS -> compress(fields);
                case Actions.QUANTIZE -> quantize(fields);
                default -> outside(fields);
            };
        }
    }

    private Step compress(Fields fields) {
        if (!fields.has("method")) {
            fields.fault("method", "is missing; there are " + String.join(", ", COMPRESSING));
        }
        String name = fields.oneOf("method", COMPRESSING);
        JsonNode ratios = ratios(fields);
        if (name == null) {
            fields.acceptAll();
            return null;
        }
        Method method = Method.named(name);
        ParameterReader.checkAllBut(TargetRatio.READ_BY_THE_ROUND, method.parameters(), fields);
        ObjectNode parameters = fields.copy();
        parameters.remove(List.of(TargetRatio.ONE, TargetRatio.SEVERAL));
        if (!ratios.isEmpty()) {
            parameters.set(method.has(TargetRatio.SEVERAL) ? TargetRatio.SEVERAL : TargetRatio.ONE, ratios);
        }
        return new Step(Actions.COMPRESS, method.stage(), Actions.COMPRESS, parameters);
    }

    /** The target ratios as a list, whether written as one or as several. */
    private JsonNode ratios(Fields fields) {
        ArrayNode ratios = JsonNodeFactory.instance.arrayNode();
        boolean one = fields.has(TargetRatio.ONE);
        boolean several = fields.has(TargetRatio.SEVERAL);
        boolean otherwise = aimed || TargetRatio.OTHER_TARGETS.stream().anyMatch(fields::has);
        if (one && several || !one && !several && !otherwise) {
            fields.fault(
                    TargetRatio.ONE,
                    "give either mac-ratio (a number, or complement) or mac-ratios (a list)"
                            + (one ? "" : ", or one of " + String.join(", ", TargetRatio.OTHER_TARGETS)));
        } else if (one) {
            addRatio(fields, fields.pathOf(TargetRatio.ONE), fields.get(TargetRatio.ONE), ratios);
        } else if (several) {
            List<JsonNode> elements = fields.list(TargetRatio.SEVERAL);
            for (int i = 0; i < elements.size(); i++) {
                addRatio(fields, fields.pathOf(TargetRatio.SEVERAL) + "[" + i + "]", elements.get(i), ratios);
            }
        }
        return ratios;
    }

    private static void addRatio(Fields fields, String path, JsonNode value, ArrayNode ratios) {
        if (TargetRatio.COMPLEMENT.equals(value.asText())) {
            ratios.add(value);
        } else if (value.isTextual()) {
            fields.faults().add(new Fault(path, "must be a number" + Bounds.RATIO + ", or \"complement\""));
        } else if (fields.number(path, value, Bounds.RATIO) != null) {
            ratios.add(value);
        }
    }

    private Step quantize(Fields fields) {
        ParameterReader.check(QuantizeRound.class, fields);
        ParameterReader.check(Method.QUANTIZE.parameters(), fields);
        maxDrop = fields.has("max-drop") ? Double.valueOf(fields.get("max-drop").asDouble()) : null;
        ObjectNode parameters = fields.copy();
        parameters.remove("max-drop");
        return new Step(Actions.QUANTIZE, Method.QUANTIZE.stage(), Actions.QUANTIZE, parameters);
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
            ParameterReader.check(Method.FINETUNE.parameters(), fields);
            return fields.copy();
        }
    }

    private Keep keep() {
        try (Fields fields = round.object("keep")) {
            return new Keep(fields.number("within", Bounds.FRACTION), fields.count("top", 1), maxDrop);
        }
    }
}
