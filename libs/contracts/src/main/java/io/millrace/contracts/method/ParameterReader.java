package io.millrace.contracts.method;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.field.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Checks and reads parameters by the record that declares them. Fields are in kebab case ({@code macRatio} is
 * {@code mac-ratio}).
 */
public final class ParameterReader {
    private static final ObjectMapper MAPPER = Json.mapper()
            .copy()
            .setPropertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private ParameterReader() {}

    /** Notes everything that is wrong with parameters; unknown fields are noted when {@code fields} is closed. */
    public static void check(Class<? extends Record> record, Fields fields) {
        checkAllBut(Set.of(), record, fields);
    }

    /** The same, of parameters that somebody else looks at in part. */
    public static void checkAllBut(Set<String> others, Class<? extends Record> record, Fields fields) {
        Effects effects = new Effects(record, fields.copy());
        Values values = new Values(record, fields.faults());
        for (Parameter parameter : Parameter.of(record)) {
            if (!others.contains(parameter.name()) && fields.has(parameter.name())) {
                String path = fields.pathOf(parameter.name());
                values.check(path, fields.get(parameter.name()), parameter.type());
                effects.hindrance(parameter).ifPresent(reason -> fields.faults().add(new Fault(path, reason)));
            }
        }
    }

    static void check(String path, JsonNode value, Class<? extends Record> record, List<Fault> faults) {
        try (Fields fields = new Fields(path, value, faults)) {
            check(record, fields);
        }
    }

    /**
     * The record, with what is not given at its default.
     *
     * @throws InvalidParametersException with everything that is wrong
     */
    public static <T extends Record> T read(Class<T> record, ObjectNode given) throws InvalidParametersException {
        List<Fault> faults = new ArrayList<>();
        check("", given, record, faults);
        if (!faults.isEmpty()) {
            throw new InvalidParametersException(faults);
        }
        try {
            return MAPPER.treeToValue(new Effects(record, given).completed(), record);
        } catch (JsonProcessingException e) {
            String reason = e.getCause() instanceof IllegalArgumentException refusal
                    ? refusal.getMessage()
                    : e.getOriginalMessage();
            throw new InvalidParametersException(List.of(new Fault("parameters", reason)));
        }
    }

    /** Parameters as JSON, as {@link #read} takes them. */
    public static ObjectNode write(Record parameters) {
        return MAPPER.valueToTree(parameters);
    }
}
