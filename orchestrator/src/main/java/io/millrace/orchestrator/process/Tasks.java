package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes tasks. The same job, step and parameters give the same task id, in every process and after every restart. */
final class Tasks {
    private Tasks() {}

    static Task baseline(Draft job) {
        ObjectNode parameters = Json.mapper().createObjectNode().put("metric", metric(job));
        return task(job, "baseline", Stages.EVALUATION, "baseline", parameters, Map.of("model", job.model), job.data);
    }

    /** A task of the current round's step, from a parent model. */
    static Task make(Draft job, String parent, Artifact model, ObjectNode parameters) {
        JobSpec.Step step = job.currentRound().step();
        String place = job.round + "/" + job.stepsBack + "/" + parent;
        return task(
                job, place, step.stage(), step.action(), parameters, modelsFor(job, step, model), dataFor(job, step));
    }

    static Task finetune(Draft job, String candidate, Artifact model) {
        ObjectNode parameters = job.currentRound().finetune();
        return task(
                job,
                candidate,
                Stages.FINETUNE,
                "finetune",
                parameters,
                models(job, model),
                only(job, Set.of("train")));
    }

    static Task evaluate(Draft job, String candidate, Artifact model) {
        ObjectNode parameters = Json.mapper().createObjectNode().put("metric", metric(job));
        return task(
                job,
                candidate,
                Stages.EVALUATION,
                "evaluate",
                parameters,
                models(job, model),
                only(job, Set.of("validation")));
    }

    static Task partOf(Task fork, int index, Outcome.Part part) {
        return inherit(fork, "part " + index, part, List.of());
    }

    static Task joinOf(Task fork, Outcome.Part join, List<Outcome.Result> results) {
        return inherit(fork, "join", join, results);
    }

    private static Task inherit(Task fork, String place, Outcome.Part part, List<Outcome.Result> joined) {
        ObjectNode parameters = part.parameters() == null ? Json.mapper().createObjectNode() : part.parameters();
        String id = Json.fingerprint(fork.id(), place, part.action(), parameters);
        return new Task(
                id,
                fork.jobId(),
                fork.stage(),
                part.action(),
                1,
                parameters,
                fork.models(),
                fork.data(),
                joined,
                fork.seed(),
                fork.outputs());
    }

    private static Task task(
            Draft job,
            String place,
            String stage,
            String action,
            ObjectNode parameters,
            Map<String, Artifact> models,
            Map<String, Artifact> data) {
        String id = Json.fingerprint(job.jobId(), place, stage, action, parameters);
        return new Task(
                id,
                job.jobId(),
                stage,
                action,
                1,
                parameters,
                models,
                data,
                List.of(),
                job.spec.seed(),
                job.spec.outputs());
    }

    private static Map<String, Artifact> models(Draft job, Artifact model) {
        return Map.of("model", model, "original", job.model);
    }

    /** Only what the step reads, so that its result is found again by jobs on other originals. */
    private static Map<String, Artifact> modelsFor(Draft job, JobSpec.Step step, Artifact model) {
        return step.kind().equals("compress") ? Map.of("model", model) : models(job, model);
    }

    /** Only what the step reads, so that its result is found again when other data change. */
    private static Map<String, Artifact> dataFor(Draft job, JobSpec.Step step) {
        return switch (step.kind()) {
            case "compress" -> only(job, Set.of("calibration"));
            case "quantize" -> only(job, Set.of("calibration", "validation"));
            default -> job.data;
        };
    }

    private static Map<String, Artifact> only(Draft job, Set<String> roles) {
        Map<String, Artifact> chosen = new LinkedHashMap<>(job.data);
        chosen.keySet().retainAll(roles);
        return chosen;
    }

    private static String metric(Draft job) {
        return job.spec.objective().metric();
    }
}
