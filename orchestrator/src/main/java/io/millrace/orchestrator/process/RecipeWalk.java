package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.task.Findings;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.ProducedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Walks a recipe: from the original's figures through each candidate's making, fine-tuning and measuring. */
final class RecipeWalk {
    /** Among a candidate's parameters: the SHA-256 of the model before it was fine-tuned. */
    private static final String MADE = "made-sha256";

    private final RoundEnd roundEnd = new RoundEnd(this);

    /** A task was done; what its result is for says what comes next. */
    void done(Draft job, OpenTask open, Outcome.Result result) {
        Purpose purpose = open.purpose();
        if (purpose instanceof Purpose.Baseline) {
            baselineDone(job, result);
        } else if (purpose instanceof Purpose.Make make) {
            made(job, make.parent(), open, result);
        } else if (purpose instanceof Purpose.Finetune finetune) {
            finetuned(job, finetune.candidate(), result);
        } else if (purpose instanceof Purpose.Evaluate evaluate) {
            evaluated(job, evaluate.candidate(), result);
        }
        closeIfDone(job);
    }

    /** A task failed for good. */
    void failed(Draft job, Purpose purpose, OpenTask open, FailureKind kind, String message) {
        if (purpose instanceof Purpose.Baseline) {
            fail(job, message);
        } else if (purpose instanceof Purpose.Make make) {
            if (kind == FailureKind.UNSUPPORTED || !make.parent().equals(JobState.ORIGINAL)) {
                pass(job, make.parent());
            }
        } else if (purpose instanceof Purpose.Finetune finetune && kind == FailureKind.UNSUPPORTED) {
            ObjectNode declined = Json.mapper().createObjectNode();
            declined.putArray("declined").addObject().put("name", "fine-tuning").put("reason", message);
            job.update(finetune.candidate(), candidate -> Candidates.found(candidate, Stages.FINETUNE, declined));
            notFinetuned(job, finetune.candidate(), List.of(message));
            evaluate(job, finetune.candidate());
        } else if (purpose instanceof Purpose.Finetune finetune) {
            job.stand(finetune.candidate(), Standing.DROPPED, "fine-tuning failed: " + message);
        } else if (purpose instanceof Purpose.Evaluate evaluate) {
            job.stand(evaluate.candidate(), Standing.DROPPED, "evaluation failed: " + message);
        }
        closeIfDone(job);
    }

    /** Issues the tasks of the current round, at the current number of steps back. */
    void begin(Draft job) {
        JobSpec.Step step = job.currentRound().step();
        for (String input : job.inputs) {
            Candidate parent = job.candidate(input);
            Map<String, Double> own = parent == null ? Map.of() : Choice.reached(parent, job.original);
            Artifact model = parent == null ? job.model : parent.model();
            List<ObjectNode> tasks =
                    Ratios.parameters(step, job.spec.objective().targets(), own, job.stepsBack);
            if (tasks.isEmpty()) {
                pass(job, input);
                job.update(
                        input,
                        candidate -> Candidates.noted(
                                candidate, List.of(method(step) + " left it as it was: it is small enough already")));
            }
            for (ObjectNode parameters : tasks) {
                job.issue(
                        Tasks.make(job, input, model, parameters),
                        new Purpose.Make(input),
                        parent == null ? null : input,
                        method(step) + " of " + input);
            }
        }
        closeIfDone(job);
    }

    void fail(Draft job, String reason) {
        job.end(Phase.FAILED, reason, false);
        job.announce(new JobEvent.Failed(job.jobId(), reason, List.of()));
    }

    private void closeIfDone(Draft job) {
        if (!job.ended() && job.round > 0 && job.tasks.isEmpty()) {
            roundEnd.close(job);
        }
    }

    private void baselineDone(Draft job, Outcome.Result result) {
        String metric = job.spec.objective().metric();
        if (result.evaluation() == null || !result.evaluation().metrics().containsKey(metric)) {
            String measured = result.evaluation() == null
                    ? "nothing"
                    : String.join(", ", result.evaluation().metrics().keySet());
            fail(
                    job,
                    "objective.metric: " + metric + " cannot be measured on this model and data; measured: "
                            + measured);
            return;
        }
        JsonNode resolved = result.findings().path("resolved");
        job.model = artifact(resolved.path("models").path("model"), job.model);
        Map<String, Artifact> data = new LinkedHashMap<>();
        job.data.forEach(
                (role, as) -> data.put(role, artifact(resolved.path("data").path(role), as)));
        job.data = data;
        job.original = result.evaluation();
        job.round = 1;
        job.inputs = List.of(JobState.ORIGINAL);
        begin(job);
    }

    private void made(Draft job, String parent, OpenTask open, Outcome.Result result) {
        if (result.models().isEmpty()) {
            job.noteFailed(open, "made no model");
            pass(job, parent);
        }
        String first = null;
        for (ProducedModel produced : result.models()) {
            Candidate candidate = candidate(job, parent, open, produced);
            first = first == null ? candidate.id() : first;
            String twin = twin(job, candidate);
            Candidate found = Candidates.foundWith(candidate, first, open.task().stage(), result.findings());
            Candidate noted = Candidates.noted(found, Findings.notes(produced.parameters()));
            job.put(Candidates.noted(noted, Findings.notes(result.findings())));
            if (twin != null) {
                job.stand(candidate.id(), Standing.DROPPED, "the same model as " + twin);
            } else if (job.currentRound().finetune() == null) {
                evaluate(job, candidate.id());
            } else {
                job.issue(
                        Tasks.finetune(job, candidate.id(), candidate.model()),
                        new Purpose.Finetune(candidate.id()),
                        candidate.id(),
                        "fine-tuning " + candidate.id());
            }
        }
    }

    private static Candidate candidate(Draft job, String parent, OpenTask open, ProducedModel produced) {
        JobSpec.Step step = job.currentRound().step();
        long sameRound = job.candidates().stream()
                .filter(other -> other.round() == job.round)
                .count();
        ObjectNode parameters = produced.parameters() == null
                ? Json.mapper().createObjectNode()
                : Findings.bounded(produced.parameters(), Findings.KEPT).deepCopy();
        parameters.set("step", open.task().parameters());
        parameters.put("seed", job.spec.seed());
        parameters.put(MADE, produced.model().sha256());
        Candidate from = job.candidate(parent);
        return new Candidate(
                job.round + "-" + (sameRound + 1),
                from == null ? null : parent,
                job.round,
                step.kind().equals("quantize") || from != null && from.quantized(),
                produced.label(),
                method(step),
                parameters,
                Map.of(),
                produced.model(),
                null,
                Standing.IN_WORK,
                null,
                List.of());
    }

    /** A candidate of this round that was the same model when it was made, if there is one. */
    private static String twin(Draft job, Candidate candidate) {
        JsonNode made = candidate.parameters().get(MADE);
        return job.candidates().stream()
                .filter(other -> other.round() == candidate.round()
                        && !made.isNull()
                        && made.equals(other.parameters().get(MADE)))
                .map(Candidate::id)
                .findFirst()
                .orElse(null);
    }

    private void finetuned(Draft job, String id, Outcome.Result result) {
        job.update(id, candidate -> Candidates.found(candidate, Stages.FINETUNE, result.findings()));
        List<String> notes = Findings.notes(result.findings());
        if (result.models().isEmpty()) {
            notFinetuned(job, id, notes);
        } else {
            ProducedModel tuned = result.models().get(0);
            ObjectNode parameters = job.currentRound().finetune();
            job.update(id, candidate -> Candidates.remade(candidate, tuned.model(), "finetune", parameters));
            job.update(id, candidate -> Candidates.noted(candidate, prefixed("fine-tuning: ", notes)));
        }
        evaluate(job, id);
    }

    /** The candidate stays as it was made, and says so. */
    private static void notFinetuned(Draft job, String id, List<String> why) {
        job.update(
                id,
                candidate -> Candidates.noted(
                        Candidates.without(candidate, "fine-tuned"), prefixed("not fine-tuned: ", why)));
    }

    private static List<String> prefixed(String prefix, List<String> notes) {
        return notes.stream().map(prefix::concat).toList();
    }

    private static void evaluate(Draft job, String id) {
        job.issue(Tasks.evaluate(job, id, job.candidate(id).model()), new Purpose.Evaluate(id), id, "evaluating " + id);
    }

    private static void evaluated(Draft job, String id, Outcome.Result result) {
        if (result.evaluation() == null) {
            job.stand(id, Standing.DROPPED, "evaluation gave no figures");
            return;
        }
        job.update(
                id,
                candidate -> Candidates.found(
                        Candidates.evaluated(candidate, result.evaluation()), Stages.EVALUATION, result.findings()));
        job.announce(new JobEvent.CandidateEvaluated(job.jobId(), job.candidate(id)));
    }

    private static void pass(Draft job, String input) {
        if (!job.passed.contains(input)) {
            job.passed.add(input);
        }
    }

    /** {@code spatial-svd}, {@code qdq-int8}, or the name of an outside stage. */
    static String method(JobSpec.Step step) {
        return switch (step.kind()) {
            case "compress" -> step.parameters().path("method").asText(step.stage());
            case "quantize" ->
                step.parameters().path("format").asText("qdq") + "-int"
                        + step.parameters().path("bits").asText("8");
            default -> step.stage();
        };
    }

    private static Artifact artifact(JsonNode node, Artifact otherwise) {
        return node.hasNonNull("uri")
                ? new Artifact(
                        node.get("uri").asText(),
                        node.path("sha256").asText(null),
                        node.path("size").asLong(-1))
                : otherwise;
    }
}
