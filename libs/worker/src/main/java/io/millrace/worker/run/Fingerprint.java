package io.millrace.worker.run;

import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Task;
import io.millrace.worker.Stage;
import java.util.Map;
import java.util.stream.Collectors;

/** The name under which the result of a piece of work is kept: equal work has equal names, across jobs as well. */
public final class Fingerprint {
    private Fingerprint() {}

    /**
     * Of everything the outcome depends on: stage, the version of its code, action, parameters, seed, what is said of the outputs, the content (not the address)
     * of models and data, and the results that are joined.
     *
     * @param version see {@link StageVersion}
     * @param task with resolved artifacts, and whole findings of joined parts
     */
    public static String of(Stage stage, String version, Task task) {
        return Json.fingerprint(
                stage.name(),
                version,
                task.action(),
                task.parameters(),
                task.seed(),
                task.outputs(),
                digests(task.models()),
                digests(task.data()),
                task.joined());
    }

    private static Map<String, String> digests(Map<String, Artifact> artifacts) {
        return artifacts.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue()
                .sha256()));
    }
}
