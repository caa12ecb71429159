package io.millrace.contracts.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which parameters of an object have an effect beside the others, and with what value. */
final class Effects {
    private final List<Parameter> parameters;
    private final ObjectNode given;

    Effects(Class<? extends Record> record, ObjectNode given) {
        this.parameters = Parameter.of(record);
        this.given = given;
    }

    /** Why the parameter has no effect, and the way out; empty if it has one. */
    Optional<String> hindrance(Parameter parameter) {
        return unmet(parameter).map(condition -> "has no effect with %s %s; leave it out, or set %s"
                .formatted(condition.parameter(), words(condition), wayOut(condition)));
    }

    /** What is given, and the defaults of all others that have an effect. */
    ObjectNode completed() {
        ObjectNode completed = given.deepCopy();
        for (Parameter parameter : parameters) {
            JsonNode value = completed.path(parameter.name());
            if (value.isMissingNode() || value.isNull()) {
                if (unmet(parameter).isEmpty()) {
                    parameter.standardValue().ifPresent(standard -> completed.set(parameter.name(), standard));
                }
            } else if (value.isObject()
                    && Values.raw(parameter.type().getType()).isRecord()) {
                Class<?> inner = Values.raw(parameter.type().getType());
                completed.set(
                        parameter.name(), new Effects(inner.asSubclass(Record.class), (ObjectNode) value).completed());
            }
        }
        return completed;
    }

    private Optional<OnlyWith> unmet(Parameter parameter) {
        return parameter.conditions().stream()
                .filter(condition -> !holds(condition))
                .findFirst();
    }

    private boolean holds(OnlyWith condition) {
        Optional<JsonNode> value = value(condition.parameter());
        if (value.isEmpty()) {
            return condition.value().length == 0;
        }
        return condition.value().length == 0
                ? !among(value.get(), condition.not())
                : among(value.get(), condition.value());
    }

    private static boolean among(JsonNode value, String[] names) {
        return Arrays.stream(names)
                .anyMatch(name -> value.isNumber()
                        ? value.doubleValue() == Double.parseDouble(name)
                        : value.asText().equals(name));
    }

    /** The value that counts, of a parameter by its path; empty if there is none. */
    private Optional<JsonNode> value(String path) {
        JsonNode value = given.at("/" + path.replace('.', '/'));
        if (!value.isMissingNode() && !value.isNull()) {
            return Optional.of(value);
        }
        return parameters.stream()
                .filter(parameter -> parameter.name().equals(path))
                .filter(parameter -> unmet(parameter).isEmpty())
                .findFirst()
                .flatMap(Parameter::standardValue);
    }

    private String words(OnlyWith condition) {
        boolean isDefault =
                given.at("/" + condition.parameter().replace('.', '/')).isMissingNode();
        return value(condition.parameter()).map(JsonNode::asText).orElse("left out")
                + (isDefault ? " (the default)" : "");
    }

    private static String wayOut(OnlyWith condition) {
        return condition.value().length == 0
                ? "another " + condition.parameter()
                : condition.parameter() + " to "
                        + Arrays.stream(condition.value()).collect(Collectors.joining(" or "));
    }
}
