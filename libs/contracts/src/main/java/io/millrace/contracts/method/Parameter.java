package io.millrace.contracts.method;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A parameter, as the component of its record declares it by annotations.
 *
 * @param name in jobs, in kebab case
 * @param description what it does; empty where the component has no {@link JsonPropertyDescription}
 * @param unit see {@link Unit}; empty for none
 * @param standard its value where it is not given, as {@link JsonProperty#defaultValue} says it in YAML; empty where it
 *     has none, or another parameter decides
 * @param type with the constraints of its values
 * @param conditions under which it has an effect; all must hold
 */
public record Parameter(
        String name, String description, String unit, String standard, AnnotatedType type, List<OnlyWith> conditions) {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final KebabCaseStrategy NAMING = new KebabCaseStrategy();

    /** The parameters of a record, in its order. */
    public static List<Parameter> of(Class<? extends Record> record) {
        return Arrays.stream(record.getRecordComponents()).map(Parameter::of).toList();
    }

    private static Parameter of(RecordComponent component) {
        var accessor = component.getAccessor();
        var description = Optional.ofNullable(accessor.getAnnotation(JsonPropertyDescription.class));
        var property = Optional.ofNullable(accessor.getAnnotation(JsonProperty.class));
        var unit = Optional.ofNullable(component.getAnnotation(Unit.class));
        return new Parameter(
                NAMING.translate(component.getName()),
                description.map(JsonPropertyDescription::value).orElse(""),
                unit.map(Unit::value).orElse(""),
                property.map(JsonProperty::defaultValue).orElse(""),
                component.getAnnotatedType(),
                List.of(component.getAnnotationsByType(OnlyWith.class)));
    }

    /** The value where it is not given; empty where it has none. */
    Optional<JsonNode> standardValue() {
        return standard.isEmpty() ? Optional.empty() : Optional.of(yaml(standard));
    }

    /** A value as annotations write it. */
    static JsonNode yaml(String text) {
        try {
            return YAML.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("no YAML: " + text, e);
        }
    }
}
