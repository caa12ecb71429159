package io.millrace.contracts.method;

import io.millrace.contracts.field.Bounds;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.PositiveOrZero;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;

/** What the annotations of Jakarta Validation say of a value. */
final class Constraints {
    private Constraints() {}

    /**
     * The bounds of a number.
     *
     * @throws IllegalStateException if there is a constraint that nobody would check
     */
    static Bounds range(AnnotatedElement declared) {
        Bounds range = Bounds.ANY;
        for (Annotation constraint : declared.getAnnotations()) {
            if (constraint instanceof Min min) {
                range = range.from(min.value(), true);
            } else if (constraint instanceof Max max) {
                range = range.to(max.value(), true);
            } else if (constraint instanceof DecimalMin min) {
                range = range.from(Double.parseDouble(min.value()), min.inclusive());
            } else if (constraint instanceof DecimalMax max) {
                range = range.to(Double.parseDouble(max.value()), max.inclusive());
            } else if (constraint instanceof Positive) {
                range = range.from(0, false);
            } else if (constraint instanceof PositiveOrZero) {
                range = range.from(0, true);
            } else if (!(constraint instanceof Pattern)
                    && constraint.annotationType().getName().startsWith("jakarta.validation")) {
                throw new IllegalStateException("nobody checks " + constraint);
            }
        }
        return range;
    }
}
