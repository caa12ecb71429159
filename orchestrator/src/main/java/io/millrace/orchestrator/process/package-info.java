/**
 * The process manager as a pure function from a job's state, an event and the time to the next state and what is to be
 * sent. Plain Java: {@link io.millrace.orchestrator.process.JobProcess} is the door, {@code TaskLife} knows leases and
 * attempts, {@code RecipeWalk} the rounds, {@code Choice} which candidate is best.
 */
package io.millrace.orchestrator.process;
