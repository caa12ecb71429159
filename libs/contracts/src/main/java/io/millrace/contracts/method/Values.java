package io.millrace.contracts.method;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.field.Bounds;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.field.Spelling;
import jakarta.validation.constraints.Pattern;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Checks values by their declared type and its constraints, and notes what is wrong by path. */
final class Values {
    private final Class<? extends Record> record;
    private final List<Fault> faults;

    /** @param record that the values are of */
    Values(Class<? extends Record> record, List<Fault> faults) {
        this.record = record;
        this.faults = faults;
    }

    void check(String path, JsonNode value, AnnotatedType declared) {
        Class<?> type = raw(declared.getType());
        if (isWhole(type)) {
            whole(path, value, Constraints.range(declared), type == Integer.class || type == int.class);
        } else if (type == Double.class || type == double.class || type == BigDecimal.class) {
            number(path, value, Constraints.range(declared));
        } else if (type == Boolean.class || type == boolean.class) {
            holds(value.isBoolean(), path, "must be true or false");
        } else if (type == Method.class) {
            choice(path, value, Method.namesOf(record));
        } else if (NamedChoice.class.isAssignableFrom(type)) {
            choice(path, value, NamedChoice.names(type));
        } else if (type == String.class) {
            text(path, value, declared.getAnnotation(Pattern.class));
        } else if (type == List.class) {
            list(path, value, argument(declared, 0));
        } else if (type == Map.class) {
            map(path, value, argument(declared, 1));
        } else if (type.isRecord()) {
            ParameterReader.check(path, value, type.asSubclass(Record.class), faults);
        } else {
            throw new IllegalStateException("nobody checks values of " + type + ", of " + path);
        }
    }

    private void whole(String path, JsonNode value, Bounds range, boolean small) {
        boolean right = value.isIntegralNumber() && (small ? value.canConvertToInt() : value.canConvertToLong());
        holds(right && range.holds(value.doubleValue()), path, "must be " + range.whole());
    }

    private void number(String path, JsonNode value, Bounds range) {
        if (!value.isNumber()) {
            fault(path, "must be a number" + range);
        } else {
            holds(range.holds(value.doubleValue()), path, value.asText() + " is not allowed; must be a number" + range);
        }
    }

    private void choice(String path, JsonNode value, List<String> allowed) {
        if (!value.isTextual()) {
            fault(path, "must be text, one of " + String.join(", ", allowed));
            return;
        }
        String given = value.textValue();
        holds(
                allowed.contains(given),
                path,
                "\"" + given + "\" is none of " + String.join(", ", allowed) + Spelling.hint(given, allowed));
    }

    private void text(String path, JsonNode value, Pattern pattern) {
        if (pattern == null) {
            holds(value.isTextual() && !value.textValue().isBlank(), path, "must be text");
        } else {
            boolean simple = value.isTextual() || value.isNumber();
            holds(simple && value.asText().matches(pattern.regexp()), path, pattern.message());
        }
    }

    private void list(String path, JsonNode value, AnnotatedType element) {
        if (!value.isArray() || value.isEmpty()) {
            fault(path, "must be a list with at least one element");
            return;
        }
        for (int i = 0; i < value.size(); i++) {
            check(path + "[" + i + "]", value.get(i), element);
        }
    }

    private void map(String path, JsonNode value, AnnotatedType element) {
        if (!value.isObject() || value.isEmpty()) {
            fault(path, "must be an object with at least one named field");
            return;
        }
        value.fields().forEachRemaining(field -> check(path + "." + field.getKey(), field.getValue(), element));
    }

    private void holds(boolean right, String path, String message) {
        if (!right) {
            fault(path, message);
        }
    }

    private void fault(String path, String message) {
        faults.add(new Fault(path, message));
    }

    static boolean isWhole(Class<?> type) {
        return type == Integer.class || type == int.class || type == Long.class || type == long.class;
    }

    static Class<?> raw(Type type) {
        return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
    }

    static AnnotatedType argument(AnnotatedType declared, int index) {
        return ((AnnotatedParameterizedType) declared).getAnnotatedActualTypeArguments()[index];
    }
}
