package io.millrace.contracts.event;

import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Task;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Every kind of event: its CloudEvents type and the record that is its data. */
public enum EventType {
    TASK_ISSUED("task.issued", Task.class),
    TASK_CLAIMED("task.claimed", TaskEvent.Claimed.class),
    TASK_PROGRESSED("task.progressed", TaskEvent.Progressed.class),
    TASK_COMPLETED("task.completed", TaskEvent.Completed.class),
    TASK_FAILED("task.failed", TaskEvent.Failed.class),
    TASK_RELEASED("task.released", TaskEvent.Released.class),
    TASK_FENCED("task.fenced", TaskFence.class),
    PARTITION_BEAT("partition.beat", PartitionBeat.class),
    JOB_SUBMITTED("job.submitted", JobEvent.Submitted.class),
    JOB_CANCEL_REQUESTED("job.cancel-requested", JobEvent.CancelRequested.class),
    JOB_ACCEPTED("job.accepted", JobEvent.Accepted.class),
    CANDIDATE_EVALUATED("candidate.evaluated", JobEvent.CandidateEvaluated.class),
    CANDIDATE_SELECTED("candidate.selected", JobEvent.CandidateSelected.class),
    JOB_COMPLETED("job.completed", JobEvent.Completed.class),
    JOB_FAILED("job.failed", JobEvent.Failed.class),
    JOB_CANCELLED("job.cancelled", JobEvent.Cancelled.class),
    JOB_STATUS("job.status", JobStatus.class),
    MESSAGE_UNREADABLE("message.unreadable", DeadLetter.class);

    private static final Map<String, EventType> BY_TYPE =
            Arrays.stream(values()).collect(Collectors.toMap(EventType::type, Function.identity()));
    private static final Map<Class<?>, EventType> BY_MESSAGE =
            Arrays.stream(values()).collect(Collectors.toMap(EventType::message, Function.identity()));

    private final String name;
    private final Class<? extends Message> message;

    EventType(String name, Class<? extends Message> message) {
        this.name = name;
        this.message = message;
    }

    /** The {@code type} attribute: {@code io.millrace.task.completed.v1}. */
    public String type() {
        return "io.millrace." + name + ".v1";
    }

    public Class<? extends Message> message() {
        return message;
    }

    /** Class path of the JSON Schema of its data. */
    public String schema() {
        return "/schemas/" + name + ".v1.json";
    }

    public static Optional<EventType> of(String type) {
        return Optional.ofNullable(BY_TYPE.get(type));
    }

    public static EventType of(Message message) {
        return BY_MESSAGE.get(message.getClass());
    }
}
