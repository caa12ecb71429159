package io.millrace.contracts.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.CustomPropertyDefinition;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonModule;
import com.github.victools.jsonschema.module.jakarta.validation.JakartaValidationModule;
import io.millrace.contracts.Json;
import jakarta.validation.constraints.Pattern;
import java.util.List;

/** The JSON Schema of the methods' parameters, made from their records. */
final class MethodSchemas {
    private static final String RATIO = """
            {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, {"const": "complement"}]}""";
    private static final KebabCaseStrategy NAMING = new KebabCaseStrategy();

    private final SchemaGenerator generator = generator();

    /** One definition for each action of a recipe, and one for each method that compresses. */
    static ObjectNode document() {
        return new MethodSchemas().definitions();
    }

    private ObjectNode definitions() {
        ObjectNode document = Json.mapper().createObjectNode();
        document.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        document.put("$id", "https://millrace.io/schemas/methods.v1.json");
        document.put(
                "description",
                "Parameters of the methods that recipes can name. Made from the records of io.millrace.contracts.method.");
        ObjectNode definitions = document.putObject("$defs");
        ArrayNode compress = definitions.putObject("compress").putArray("oneOf");
        for (Method method : Method.compressing()) {
            compress.addObject().put("$ref", "#/$defs/" + method.wireName());
            definitions.set(method.wireName(), compressing(method));
        }
        definitions.set(Method.QUANTIZE.wireName(), quantizing());
        definitions.set(Method.FINETUNE.wireName(), schema(Method.FINETUNE));
        return document;
    }

    /** With the ratio as users write it: one or several, for each method. */
    private ObjectNode compressing(Method method) {
        ObjectNode schema = schema(method);
        ObjectNode properties = Json.mapper().createObjectNode();
        properties.putObject("method").put("const", method.wireName());
        properties.set(TargetRatio.ONE, parsed(RATIO));
        properties
                .putObject(TargetRatio.SEVERAL)
                .put("type", "array")
                .put("minItems", 1)
                .set("items", parsed(RATIO));
        ObjectNode own = (ObjectNode) schema.get("properties");
        own.remove(TargetRatio.READ_BY_THE_ROUND);
        properties.setAll(own);
        schema.set("properties", properties);
        schema.putArray("required").add("method");
        schema.putObject("not").putArray("required").add(TargetRatio.ONE).add(TargetRatio.SEVERAL);
        return schema;
    }

    private ObjectNode quantizing() {
        ObjectNode schema = schema(Method.QUANTIZE);
        ObjectNode round = generator.generateSchema(QuantizeRound.class);
        ((ObjectNode) schema.get("properties")).setAll((ObjectNode) round.get("properties"));
        return schema;
    }

    private ObjectNode schema(Method method) {
        return generator.generateSchema(method.parameters());
    }

    private static SchemaGenerator generator() {
        SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(
                        SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(new JacksonModule())
                .with(new JakartaValidationModule())
                .with(Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT, Option.INLINE_ALL_SCHEMAS)
                .without(Option.SCHEMA_VERSION_INDICATOR);
        config.forFields()
                .withPropertyNameOverrideResolver(field -> NAMING.translate(field.getDeclaredName()))
                .withCustomDefinitionProvider((field, context) -> patterned(field))
                .withIgnoreCheck(field -> field.isStatic())
                .withInstanceAttributeOverride((attributes, field, context) -> declared(attributes, field));
        config.forTypesInGeneral()
                .withPropertySorter((one, other) -> 0)
                .withCustomDefinitionProvider((type, context) -> {
                    Class<?> raw = type.getErasedType();
                    if (!NamedChoice.class.isAssignableFrom(raw)) {
                        return null;
                    }
                    ObjectNode choices = Json.mapper().createObjectNode();
                    NamedChoice.names(raw).forEach(choices.putArray("enum")::add);
                    return new CustomDefinition(
                            choices, CustomDefinition.DefinitionType.INLINE, CustomDefinition.AttributeInclusion.NO);
                })
                .withTypeAttributeOverride((schema, scope, context) ->
                        effects(schema, scope.getType().getErasedType()));
        return new SchemaGenerator(config.build());
    }

    /** Text of a pattern, which YAML takes for a number where it looks like one. */
    private static CustomPropertyDefinition patterned(FieldScope field) {
        Pattern pattern = field.getAnnotation(Pattern.class);
        if (pattern == null) {
            return null;
        }
        ObjectNode schema = Json.mapper().createObjectNode();
        ArrayNode either = schema.putArray("anyOf");
        either.addObject().put("type", "string").put("pattern", "^(" + pattern.regexp() + ")$");
        either.addObject().put("type", "integer").put("minimum", 1);
        return new CustomPropertyDefinition(schema);
    }

    /** The default, and that lists are not empty. */
    private static void declared(ObjectNode attributes, FieldScope field) {
        Class<?> owner = field.getMember().getDeclaringType().getErasedType();
        if (!owner.isRecord() || field.isFakeContainerItemScope()) {
            return;
        }
        Parameter.of(owner.asSubclass(Record.class)).stream()
                .filter(parameter -> parameter.name().equals(NAMING.translate(field.getDeclaredName())))
                .flatMap(parameter -> parameter.standardValue().stream())
                .forEach(standard -> attributes.set("default", standard));
        if (field.isContainerType()) {
            attributes.put("minItems", 1);
        }
    }

    /** A parameter that works with certain values of another one only: its presence asks for them. */
    private static void effects(ObjectNode schema, Class<?> type) {
        if (!type.isRecord() || schema.has("allOf")) {
            return;
        }
        Class<? extends Record> record = type.asSubclass(Record.class);
        for (Parameter parameter : Parameter.of(record)) {
            for (OnlyWith condition : parameter.conditions()) {
                ObjectNode rule = schema.withArray("/allOf").addObject();
                rule.putObject("if").putArray("required").add(parameter.name());
                rule.set("then", condition(record, condition));
            }
        }
    }

    private static ObjectNode condition(Class<? extends Record> record, OnlyWith condition) {
        ObjectNode then = Json.mapper().createObjectNode();
        ObjectNode inner = then;
        for (String step : condition.parameter().split("\\.")) {
            inner = inner.putObject("properties").putObject(step);
        }
        boolean among = condition.value().length > 0;
        ArrayNode values = (among ? inner : inner.putObject("not")).putArray("enum");
        for (String value : among ? condition.value() : condition.not()) {
            values.add(parsed(value));
        }
        boolean byDefault = Parameter.of(record).stream()
                .filter(parameter -> parameter.name().equals(condition.parameter()))
                .anyMatch(parameter -> parameter.standardValue().isPresent()
                        && !List.of(condition.value()).contains(parameter.standard()));
        if (among && byDefault) {
            then.putArray("required").add(condition.parameter());
        }
        return then;
    }

    private static JsonNode parsed(String yaml) {
        return Parameter.yaml(yaml);
    }
}
