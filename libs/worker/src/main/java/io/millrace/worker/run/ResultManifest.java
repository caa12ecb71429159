package io.millrace.worker.run;

import io.millrace.contracts.task.Outcome;
import java.time.Instant;

/**
 * Written once when a piece of work is done: the commit point.
 *
 * @param task the first task that had this work done
 * @param worker who has done it
 */
record ResultManifest(
        String stage, String version, String action, String task, String worker, Instant at, Outcome outcome) {}
