package io.millrace.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Task;
import java.util.stream.Collectors;

/**
 * Reads the parameters of a task into a stage's own record. Fields are in kebab case ({@code macRatio} is
 * {@code mac-ratio}); defaults and checks are those of the record's constructor, which gets {@code null} for what is
 * not given and throws {@link IllegalArgumentException} for what it does not take.
 */
public final class TaskParameters {
    private static final ObjectMapper MAPPER = Json.mapper()
            .copy()
            .setPropertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private TaskParameters() {}

    /**
     * Reads the parameters of a task.
     *
     * @throws StageException {@code INVALID_INPUT}, naming the parameter, if one is unknown or has a wrong value
     */
    public static <T> T read(Task task, Class<T> type) {
        try {
            return MAPPER.treeToValue(task.parameters(), type);
        } catch (UnrecognizedPropertyException e) {
            String known = e.getKnownPropertyIds().stream()
                    .map(Object::toString)
                    .sorted()
                    .collect(Collectors.joining(", "));
            throw StageException.invalidInput("%s %s does not know the parameter '%s'; it knows %s"
                    .formatted(task.stage(), task.action(), e.getPropertyName(), known));
        } catch (JsonMappingException e) {
            throw StageException.invalidInput("%s %s: %s".formatted(task.stage(), task.action(), reason(e)));
        } catch (JsonProcessingException e) {
            throw StageException.invalidInput("the parameters of the task cannot be read: " + e.getOriginalMessage());
        }
    }

    /** For the constructors of parameter records: refuses a value, with a message that names it and what is taken. */
    public static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** The parameters as JSON, for the parts of a fork. */
    public static ObjectNode write(Object parameters) {
        return MAPPER.valueToTree(parameters);
    }

    private static String reason(JsonMappingException e) {
        if (e.getCause() instanceof IllegalArgumentException refusal) {
            return refusal.getMessage();
        }
        String field = e.getPath().stream()
                .map(reference -> reference.getFieldName())
                .filter(name -> name != null)
                .collect(Collectors.joining("."));
        return (field.isEmpty() ? "" : "parameter '" + field + "': ") + e.getOriginalMessage();
    }
}
