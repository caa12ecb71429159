package io.millrace.contracts.field;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One object of a specification while it is read. Each getter answers {@code null} where the field is absent or at
 * fault; faults are noted by path. {@link #close} notes the fields that nobody asked for.
 */
public final class Fields implements AutoCloseable {
    private final String path;
    private final JsonNode object;
    private final List<Fault> faults;
    private final Set<String> known = new LinkedHashSet<>();

    /** @param path of the object; empty for the whole specification */
    public Fields(String path, JsonNode object, List<Fault> faults) {
        this.path = path;
        this.faults = faults;
        this.object = object != null && object.isObject() ? object : JsonNodeFactory.instance.objectNode();
        if (object != null && !object.isObject()) {
            faults.add(new Fault(path.isEmpty() ? "job" : path, "must be an object with named fields"));
        }
    }

    public JsonNode get(String field) {
        known.add(field);
        JsonNode value = object.get(field);
        return value == null || value.isNull() ? null : value;
    }

    public boolean has(String field) {
        return get(field) != null;
    }

    public Fields object(String field) {
        JsonNode value = get(field);
        return new Fields(pathOf(field), value == null ? JsonNodeFactory.instance.objectNode() : value, faults);
    }

    public String text(String field) {
        JsonNode value = get(field);
        if (value == null) {
            return null;
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            fault(field, "must be text");
            return null;
        }
        return value.textValue().strip();
    }

    public String required(String field, String example) {
        if (!has(field)) {
            fault(field, "is missing; for example: " + example);
            return null;
        }
        return text(field);
    }

    public String oneOf(String field, Collection<String> allowed) {
        String value = text(field);
        if (value != null && !allowed.contains(value)) {
            fault(field, "\"" + value + "\" is none of " + String.join(", ", allowed) + Spelling.hint(value, allowed));
            return null;
        }
        return value;
    }

    public Double number(String field, Bounds range) {
        JsonNode value = get(field);
        return value == null ? null : number(pathOf(field), value, range);
    }

    public Integer count(String field, int least) {
        JsonNode value = get(field);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
            fault(field, "must be a whole number, at least " + least);
            return null;
        }
        return value.intValue();
    }

    /** The elements of a list that must not be empty; an empty list here where it is absent or at fault. */
    public List<JsonNode> list(String field) {
        JsonNode value = get(field);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray() || value.isEmpty()) {
            fault(field, "must be a list with at least one element");
            return List.of();
        }
        List<JsonNode> elements = new ArrayList<>();
        value.forEach(elements::add);
        return elements;
    }

    /** The object as it came, for what is handed on. */
    public ObjectNode copy() {
        return object.deepCopy();
    }

    /** Leaves unknown fields alone: nobody can say which there should be. */
    public void acceptAll() {
        object.fieldNames().forEachRemaining(known::add);
    }

    public Double number(String at, JsonNode value, Bounds range) {
        if (!value.isNumber()) {
            faults.add(new Fault(at, "must be a number" + range));
            return null;
        }
        if (!range.holds(value.doubleValue())) {
            faults.add(new Fault(at, value.asText() + " is not allowed; must be a number" + range));
            return null;
        }
        return value.doubleValue();
    }

    public void fault(String field, String message) {
        faults.add(new Fault(pathOf(field), message));
    }

    public String pathOf(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    public List<Fault> faults() {
        return faults;
    }

    @Override
    public void close() {
        object.fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                String hint = Spelling.hint(field, known);
                fault(field, "unknown field" + (hint.isEmpty() ? "; there are " + String.join(", ", known) : hint));
            }
        });
    }
}
