package io.millrace.contracts.event;

/**
 * What travels through a topic: a {@link io.millrace.contracts.task.Task}, a {@link TaskEvent}, a {@link JobEvent}, a
 * {@link io.millrace.contracts.job.JobStatus}, a {@link TaskFence}, a {@link PartitionBeat}, or a {@link DeadLetter} in place of what could not be read.
 */
public interface Message {

    /** The job it belongs to; key of its record and subject of its CloudEvent. */
    String jobId();
}
