package io.millrace.orchestrator.process;

import java.util.List;

/**
 * The answer to an event.
 *
 * @param state the job from now on; {@code null} if there is no such job
 * @param commands to carry out, in this order
 * @param urgency whether users hear of the new state
 */
public record Decision(JobState state, List<Command> commands, Urgency urgency) {

    /** When the new state is to be published. */
    public enum Urgency {
        /** Nothing changed. */
        NONE,
        /** With the next beat. */
        SOON,
        /** At once. */
        NOW
    }

    static Decision nothing(JobState state) {
        return new Decision(state, List.of(), Urgency.NONE);
    }
}
