package io.millrace.contracts.method;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The parameter does something only with certain values of another one. Elsewhere it is refused, so that nobody relies
 * on what has no effect, and it has no default: the record holds {@code null}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@Repeatable(OnlyWith.All.class)
public @interface OnlyWith {
    /** The other parameter, in kebab case; one of an inner object by its path, {@code distill.weight}. */
    String parameter();

    /** The values with which the parameter works; none: all but {@link #not}. */
    String[] value() default {};

    /** The values with which it does not. */
    String[] not() default {};

    /** Several conditions; all must hold. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.RECORD_COMPONENT)
    @interface All {
        OnlyWith[] value();
    }
}
