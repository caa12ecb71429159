package io.millrace.contracts.method;

import io.millrace.contracts.field.Bounds;
import jakarta.validation.constraints.Pattern;
import java.lang.reflect.AnnotatedType;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** The values of a parameter that {@link Values} finds nothing wrong with, in words. */
final class AllowedValues {
    private AllowedValues() {}

    static String of(Class<? extends Record> record, AnnotatedType declared) {
        Class<?> type = Values.raw(declared.getType());
        if (Values.isWhole(type)) {
            return Constraints.range(declared).whole();
        } else if (type == Double.class || type == double.class || type == BigDecimal.class) {
            return "a number" + Constraints.range(declared);
        } else if (type == Boolean.class || type == boolean.class) {
            return "true, false";
        } else if (type == Method.class) {
            return String.join(", ", Method.namesOf(record));
        } else if (NamedChoice.class.isAssignableFrom(type)) {
            return String.join(", ", NamedChoice.names(type));
        } else if (type == List.class) {
            return "a list of: " + of(record, Values.argument(declared, 0));
        } else if (type == Map.class) {
            return "by name: " + of(record, Values.argument(declared, 1));
        }
        Pattern pattern = declared.getAnnotation(Pattern.class);
        return pattern == null ? "text" : pattern.message().replaceFirst("^must be ", "");
    }

    /** One ratio, or what stands for it. */
    static String ofRatio() {
        return "a number" + Bounds.RATIO + ", or complement";
    }
}
