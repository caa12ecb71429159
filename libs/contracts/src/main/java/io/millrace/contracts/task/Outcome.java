package io.millrace.contracts.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import java.util.List;

/** What a task ends with when it does not fail: a result, or more tasks. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Outcome.Result.class, name = "result"),
    @JsonSubTypes.Type(value = Outcome.Fork.class, name = "fork")
})
public sealed interface Outcome {

    /**
     * Work that is done.
     *
     * @param models the models made, best first; empty for a measurement
     * @param findings what was measured and declined: for people, the report, and a joining task
     * @param evaluation figures of the model, when the action was to evaluate
     */
    record Result(List<ProducedModel> models, ObjectNode findings, Evaluation evaluation) implements Outcome {
        public Result {
            models = models == null ? List.of() : List.copyOf(models);
            findings = findings == null ? JsonNodeFactory.instance.objectNode() : findings;
        }

        public static Result ofModels(List<ProducedModel> models, ObjectNode findings) {
            return new Result(models, findings, null);
        }

        public static Result ofFindings(ObjectNode findings) {
            return new Result(List.of(), findings, null);
        }
    }

    /**
     * Work that is to be spread: the parts may run anywhere in any order; the join runs when all are done. Parts and
     * join inherit stage, models, data and seed from the task that forked.
     */
    record Fork(List<Part> parts, Part join) implements Outcome {
        public Fork {
            parts = List.copyOf(parts);
        }
    }

    /**
     * @param name unique within the fork, shown to people: {@code layers 1-4}
     * @param action of the same stage
     */
    record Part(String name, String action, ObjectNode parameters) {}

    /**
     * A model made by a stage.
     *
     * @param label tells it from its siblings, for people: {@code mac-ratio 0.5}
     * @param model the ONNX file
     * @param parameters what was done to get it: ratio or rank per layer, method, ...
     */
    record ProducedModel(String label, Artifact model, ObjectNode parameters) {}
}
