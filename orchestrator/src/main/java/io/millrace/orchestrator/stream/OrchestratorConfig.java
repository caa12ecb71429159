package io.millrace.orchestrator.stream;

import io.millrace.orchestrator.process.ProcessSettings;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Settings of the orchestrator. */
@ConfigMapping(prefix = "millrace.orchestrator")
public interface OrchestratorConfig {

    /** How long a worker may be silent before its task is given to another; several times its progress interval. */
    @WithDefault("10s")
    Duration lease();

    /** After so many crashes (lost leases, failures that nobody foresaw) a task has failed. */
    @WithDefault("3")
    int maxAttempts();

    /** Wait before the first retry of a failure; doubles each time. */
    @WithDefault("2s")
    Duration backOff();

    /** Longest wait before a retry. */
    @WithDefault("1m")
    Duration maxBackOff();

    /** How long transient failures (store or network away, disk full) are retried before a task has failed. */
    @WithDefault("30m")
    Duration retryFor();

    /** Silence about a queued task after which the same attempt is issued once more; doubles each time. */
    @WithDefault("1m")
    Duration reissue();

    /** Longest silence about a queued task. */
    @WithDefault("1h")
    Duration maxReissue();

    /** How long a job that has ended is kept for users; longer than {@code millrace.jobs} keeps its submission. */
    @WithDefault("90d")
    Duration keepJobs();

    /** The outside stages that jobs may name, each a topic; any, if not set. */
    Optional<Set<String>> outsideStages();

    /** How many outside stages there may be where any is allowed. */
    @WithDefault("32")
    int mostOutsideStages();

    /** How often leases are looked at, and progress is published. */
    @WithDefault("1s")
    Duration beat();

    /** Where this instance keeps a copy of its states, to go on faster after a restart; no other may use it. */
    Optional<String> stateDir();

    default ProcessSettings processSettings() {
        return new ProcessSettings(
                lease(), maxAttempts(), backOff(), maxBackOff(), retryFor(), reissue(), maxReissue());
    }
}
