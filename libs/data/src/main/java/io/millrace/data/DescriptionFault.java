package io.millrace.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Says what is wrong with a description in the words of the one who wrote it: by field, or by line. */
final class DescriptionFault {
    private DescriptionFault() {}

    static String of(JsonProcessingException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "%s: unknown field; there are %s"
                    .formatted(
                            field(unknown),
                            unknown.getKnownPropertyIds().stream()
                                    .map(Object::toString)
                                    .collect(Collectors.toCollection(TreeSet::new)));
        }
        if (e instanceof InvalidFormatException wrong) {
            return "%s: \"%s\" is no %s".formatted(field(wrong), wrong.getValue(), noun(wrong.getTargetType()));
        }
        if (e instanceof MismatchedInputException wrong) {
            return "%s: must be %s".formatted(field(wrong), article(noun(wrong.getTargetType())));
        }
        String where = e.getLocation() == null
                ? ""
                : "line %d, column %d: "
                        .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
        return "no JSON: " + where + e.getOriginalMessage().lines().findFirst().orElse("");
    }

    private static String field(JsonMappingException e) {
        String path = e.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName())
                .collect(Collectors.joining());
        return path.isEmpty() ? "the whole" : path.startsWith(".") ? path.substring(1) : path;
    }

    private static String noun(Class<?> type) {
        if (type == null) {
            return "value of another kind";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return type == Integer.class ? "whole number" : "number";
        }
        if (type == String.class) {
            return "text";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "list";
        }
        return Map.class.isAssignableFrom(type) || type.isRecord() ? "object with named fields" : type.getSimpleName();
    }

    private static String article(String noun) {
        return noun.equals("text") ? noun : (noun.startsWith("object") ? "an " : "a ") + noun;
    }
}
