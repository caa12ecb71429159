package io.millrace.worker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.method.InvalidParametersException;
import io.millrace.contracts.method.ParameterReader;
import io.millrace.contracts.task.Task;

/** Reads the parameters of a task into the record that declares them, see {@link ParameterReader}. */
public final class TaskParameters {
    private TaskParameters() {}

    /**
     * Reads the parameters of a task.
     *
     * @throws StageException {@code INVALID_INPUT}, naming every parameter that is unknown or has a wrong value
     */
    public static <T extends Record> T read(Task task, Class<T> type) {
        try {
            return ParameterReader.read(type, task.parameters());
        } catch (InvalidParametersException e) {
            throw StageException.invalidInput("%s %s: %s".formatted(task.stage(), task.action(), e.getMessage()));
        }
    }

    /** The parameters as JSON, for the parts of a fork. */
    public static ObjectNode write(Record parameters) {
        return ParameterReader.write(parameters);
    }
}
