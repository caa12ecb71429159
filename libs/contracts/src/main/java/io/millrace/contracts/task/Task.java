package io.millrace.contracts.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.event.Message;
import java.util.List;
import java.util.Map;

/**
 * One piece of work for one stage, as it stands in {@code millrace.tasks.<stage>}.
 *
 * @param id deterministic hash of job, step and parameters; the same for every attempt
 * @param jobId the job it belongs to
 * @param stage the queue it goes to, for example {@code svd}
 * @param action what the stage is to do, for example {@code compress}
 * @param attempt 1 for the first; a higher attempt overtakes a lower one
 * @param parameters what the action needs; opaque to the orchestrator
 * @param models models by role: {@code model} (the one to work on), {@code original} (the job's own, for distillation
 *     and comparison)
 * @param data data sets by role: {@code train}, {@code calibration}, {@code validation}
 * @param joined for the joining task of a {@link Outcome.Fork}: the results of its parts, in the order of the fork
 * @param seed of every random choice of this task
 * @param outputs what the job says of the model's outputs, by name; see {@link
 *     io.millrace.contracts.job.JobSpec#outputs}
 */
public record Task(
        String id,
        String jobId,
        String stage,
        String action,
        int attempt,
        ObjectNode parameters,
        Map<String, Artifact> models,
        Map<String, Artifact> data,
        List<Outcome.Result> joined,
        long seed,
        Map<String, String> outputs)
        implements Message {

    public Task {
        models = models == null ? Map.of() : Map.copyOf(models);
        data = data == null ? Map.of() : Map.copyOf(data);
        joined = joined == null ? List.of() : List.copyOf(joined);
        outputs = outputs == null ? Map.of() : Map.copyOf(outputs);
    }

    public Task withParameters(ObjectNode others) {
        return new Task(id, jobId, stage, action, attempt, others, models, data, joined, seed, outputs);
    }

    public Task withAttempt(int next) {
        return new Task(id, jobId, stage, action, next, parameters, models, data, joined, seed, outputs);
    }
}
