package io.millrace.contracts.method;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** One of several named values of a parameter; implemented by enums, whose constants are named as in Java. */
public interface NamedChoice {
    String name();

    /** The name in jobs: {@code BN_SCALE} is {@code bn-scale}. */
    @JsonValue
    default String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The names in jobs of all values of an enum. */
    static List<String> names(Class<?> choices) {
        return Arrays.stream(choices.getEnumConstants())
                .map(choice -> ((NamedChoice) choice).wireName())
                .toList();
    }
}
