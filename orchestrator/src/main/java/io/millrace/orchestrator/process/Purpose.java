package io.millrace.orchestrator.process;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** Why a task was issued, and so what its result is for. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "for")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Purpose.Baseline.class, name = "baseline"),
    @JsonSubTypes.Type(value = Purpose.Make.class, name = "make"),
    @JsonSubTypes.Type(value = Purpose.Finetune.class, name = "finetune"),
    @JsonSubTypes.Type(value = Purpose.Evaluate.class, name = "evaluate"),
    @JsonSubTypes.Type(value = Purpose.Part.class, name = "part")
})
public sealed interface Purpose {

    /** Looks at model and data, and measures the original. */
    record Baseline() implements Purpose {}

    /** Makes new candidates from {@code parent}: a candidate's id, or {@link JobState#ORIGINAL}. */
    record Make(String parent) implements Purpose {}

    /** Fine-tunes a candidate. */
    record Finetune(String candidate) implements Purpose {}

    /** Measures a candidate. */
    record Evaluate(String candidate) implements Purpose {}

    /** Is the {@code index}-th part of the task {@code forkId}, which forked. */
    record Part(String forkId, int index) implements Purpose {}
}
