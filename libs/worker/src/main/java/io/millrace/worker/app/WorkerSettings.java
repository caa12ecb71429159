package io.millrace.worker.app;

import io.smallrye.config.ConfigMapping;
import java.time.Duration;
import java.util.Optional;

/** How this process works on tasks. */
@ConfigMapping(prefix = "millrace.worker")
public interface WorkerSettings {

    /** Name of this process in events; host name and process id if not set. */
    Optional<String> name();

    /** How many tasks compute at a time in this process, whatever their stages. */
    int computePermits();

    /** Longest silence about a task; the orchestrator's lease must be several times that. */
    Duration heartbeat();

    /** How long a record taken from a queue stays ours until it is accepted. */
    Duration recordLock();

    /** How long a task may take to stop when the process shuts down. */
    Duration shutdownWait();
}
