package io.millrace.contracts.event;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.job.InvalidJobException;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** At least one event of every type, with every field filled, and some with as few as possible. */
final class SampleEvents {
    private static final String JOB = "job-1";
    private static final String TASK = "0123456789abcdef0123456789abcdef";
    private static final Artifact MODEL = new Artifact("s3://millrace/models/a.onnx", "ab".repeat(32), 1234);
    private static final Artifact DATA = Artifact.unresolved("s3://data/train/");
    private static final Evaluation FIGURES = new Evaluation(
            Map.of("top1", 0.92, "top5", 0.99),
            1_000_000L,
            5_000,
            20_480,
            new Evaluation.Latency(1.5, 1.4, 1.6, 3.0, 2.0, 1.97, 2.03, 16, 2, "the machine is busy"),
            Map.of("scores", "class-scores: the labels fit it"),
            List.of("measured on the train data"));

    private SampleEvents() {}

    static Stream<Message> all() {
        ObjectNode findings = Json.mapper().createObjectNode().put("note", "nothing declined");
        ObjectNode parameters = Json.mapper().createObjectNode().put("method", "spatial-svd");
        Outcome.Result result = new Outcome.Result(
                List.of(new Outcome.ProducedModel("spatial-svd 0.5", MODEL, parameters)), findings, FIGURES);
        Outcome.Part part = new Outcome.Part("layers 1-4", "measure", parameters);
        JobStatus.Candidate candidate = new JobStatus.Candidate(
                "1-1",
                null,
                1,
                false,
                "spatial-svd 0.5",
                "spatial-svd",
                parameters,
                Map.of("svd", findings),
                MODEL,
                FIGURES,
                JobStatus.Standing.CHOSEN,
                "best top1",
                List.of("mac-ratio 0.5 is overshot"));
        JobStatus.Candidate fresh = new JobStatus.Candidate(
                "2-1",
                "1-1",
                2,
                true,
                "int8",
                "qdq-int8",
                parameters,
                Map.of(),
                MODEL,
                null,
                JobStatus.Standing.IN_WORK,
                null,
                null);
        JobStatus.TaskStatus task = new JobStatus.TaskStatus(
                TASK,
                "1-1",
                "finetune",
                "finetune",
                "fine-tuning 1-1",
                2,
                JobStatus.State.RUNNING,
                "worker-1",
                new Progress("epoch 2", 1, 3, Map.of("loss", 0.3)),
                null);
        return Stream.of(
                new Task(
                        TASK,
                        JOB,
                        "svd",
                        "compress",
                        1,
                        parameters,
                        Map.of("model", MODEL),
                        Map.of("train", DATA),
                        List.of(result),
                        7,
                        Map.of("scores", "class-scores")),
                new TaskEvent.Claimed(TASK, JOB, 1, "worker-1"),
                new TaskEvent.Progressed(TASK, JOB, 1, "worker-1", new Progress("epoch 2", 1, 3, Map.of("loss", 0.3))),
                new TaskEvent.Completed(TASK, JOB, 1, "worker-1", result, true),
                new TaskEvent.Completed(TASK, JOB, 1, "worker-1", Outcome.Result.ofFindings(findings), false),
                new TaskEvent.Completed(TASK, JOB, 1, "worker-1", new Outcome.Fork(List.of(part, part), part), false),
                new TaskEvent.Failed(TASK, JOB, 3, "worker-1", FailureKind.UNSUPPORTED, "node conv1: 3-D kernel"),
                new TaskEvent.Released(TASK, JOB, 1, "worker-1"),
                new TaskFence(JOB, TASK, 2, "worker-1"),
                TaskFence.ofJob(JOB),
                new PartitionBeat("orchestrator-1", 3, Instant.parse("2026-01-01T10:00:00Z")),
                new JobEvent.Submitted(JOB, Json.mapper().valueToTree(Map.of("recipe", "int8"))),
                new JobEvent.CancelRequested(JOB, "changed my mind"),
                new JobEvent.CancelRequested(JOB, null),
                new JobEvent.Accepted(JOB, "resnet-half"),
                new JobEvent.CandidateEvaluated(JOB, candidate),
                new JobEvent.CandidateSelected(JOB, candidate),
                new JobEvent.Completed(JOB, true, "1-1 meets the objective", "1-1", "2-1"),
                new JobEvent.Completed(JOB, false, "top1 falls by 0.02", "1-1", null),
                new JobEvent.Failed(JOB, "the job is at fault", List.of(new Fault("model", "is missing"))),
                new JobEvent.Cancelled(JOB, "changed my mind"),
                status(List.of(task), List.of(candidate, fresh)),
                new DeadLetter(JOB, "millrace.task-events", "unknown event type", Map.of("ce_type", "x"), "{}"));
    }

    private static JobStatus status(List<JobStatus.TaskStatus> tasks, List<JobStatus.Candidate> candidates) {
        return new JobStatus(
                JOB,
                "resnet-half",
                JobStatus.Phase.COMPLETED,
                "1-1 meets the objective",
                true,
                spec(),
                Instant.parse("2026-01-01T10:00:00Z"),
                Instant.parse("2026-01-01T10:05:00Z"),
                1,
                2,
                MODEL,
                FIGURES,
                tasks,
                candidates,
                "1-1",
                "2-1",
                4,
                12,
                3);
    }

    private static JobSpec spec() {
        try {
            return new JobSpecReader(JobSpecReader.Addresses.STORED).read("""
                    model: s3://models/lenet.onnx
                    data: {train: s3://data/train, validation: s3://data/test}
                    recipe: svd-cp-int8
                    mac-ratio: 0.5
                    """);
        } catch (InvalidJobException e) {
            throw new IllegalStateException(e);
        }
    }
}
