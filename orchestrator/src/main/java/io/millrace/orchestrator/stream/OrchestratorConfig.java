package io.millrace.orchestrator.stream;

import io.millrace.orchestrator.process.ProcessSettings;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;

/** Settings of the orchestrator. */
@ConfigMapping(prefix = "millrace.orchestrator")
public interface OrchestratorConfig {

    /** How long a worker may be silent before its task is given to another; several times its progress interval. */
    @WithDefault("10s")
    Duration lease();

    /** After so many lost leases and transient failures a task has failed. */
    @WithDefault("3")
    int maxAttempts();

    /** Wait before the first retry of a transient failure; doubles each time. */
    @WithDefault("2s")
    Duration backOff();

    /** Longest wait before a retry. */
    @WithDefault("1m")
    Duration maxBackOff();

    /** How often leases are looked at, and progress is published. */
    @WithDefault("1s")
    Duration beat();

    /** Where this instance keeps a copy of its states, to go on faster after a restart; no other may use it. */
    Path stateDir();

    default ProcessSettings processSettings() {
        return new ProcessSettings(lease(), maxAttempts(), backOff(), maxBackOff());
    }
}
