package io.millrace.inference.time;

/**
 * The measured time of one step on one kind of machine.
 *
 * @param machine processor and version of the runtime
 * @param operation what was measured, in words
 * @param nanos median of a run
 * @param low lower bound of its 95 % interval
 * @param high upper bound
 * @param runs that were timed
 */
public record OperationTime(String machine, String operation, double nanos, double low, double high, int runs) {}
