package io.millrace.worker.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.artifacts.StoredFindings;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.event.DeadLetter;
import io.millrace.contracts.event.TaskEvent.Claimed;
import io.millrace.contracts.event.TaskEvent.Completed;
import io.millrace.contracts.event.TaskEvent.Failed;
import io.millrace.contracts.event.TaskEvent.Progressed;
import io.millrace.contracts.event.TaskEvent.Released;
import io.millrace.contracts.task.Findings;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.onnx.InvalidModelException;
import io.millrace.worker.StageException;
import io.millrace.worker.Workbench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers against a real broker and a real object store. Each test has a stage, and so a queue, of its own. */
class WorkersTest {
    private static Platform platform;
    private static Artifact model;

    private Workers workers;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        platform = new Platform(folder);
        model = platform.upload("model.onnx", "weights");
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
    }

    @AfterEach
    void closeWorkers() {
        if (workers != null) {
            workers.close();
        }
    }

    @Test
    void doesATask() {
        // given
        AtomicReference<Task> seen = new AtomicReference<>();
        AtomicReference<Path> scratch = new AtomicReference<>();
        workers = platform.workers(new ScriptedStage("plain").on("copy", (task, bench) -> {
            seen.set(task);
            scratch.set(bench.scratch());
            bench.progress(Progress.of("copying", 1, 2));
            Path copy = Files.copy(bench.model("model"), bench.scratch().resolve("copy"));
            return Result.ofModels(List.of(bench.storeModel("copy.onnx", "a copy", copy, parameters())), parameters());
        }));

        // when
        platform.sendTraced(platform.task("plain-1", "plain", "copy", model), "00-abc-def-01");

        // then
        Completed completed = platform.awaitEvent("plain-1", Completed.class);
        assertThat(completed.reused()).isFalse();
        assertThat(completed.jobId()).isEqualTo("job-plain-1");
        assertThat(completed.worker()).isEqualTo("tester/plain");
        Artifact copy = ((Result) completed.outcome()).models().get(0).model();
        assertThat(copy.sha256()).isEqualTo(model.sha256());
        assertThat(platform.store.resolve(Artifact.unresolved(copy.uri()))).isEqualTo(copy);
        assertThat(platform.events("plain-1").get(0)).isInstanceOf(Claimed.class);
        assertThat(seen.get().models()).as("resolved").containsEntry("model", model);
        assertThat(scratch.get()).doesNotExist();
        assertThat(platform.heard())
                .filteredOn(record -> "job-plain-1".equals(record.key()))
                .allMatch(record ->
                        new String(record.headers().lastHeader("traceparent").value()).equals("00-abc-def-01"));
    }

    @Test
    void doesEqualWorkOnce() {
        // given
        ScriptedStage stage = new ScriptedStage("reuse").on("work", WorkersTest::done);
        workers = platform.workers(stage);
        platform.send(platform.task("reuse-1", "reuse", "work", model));
        Completed first = platform.awaitEvent("reuse-1", Completed.class);

        // when the same work comes as another job's task, and the first task is delivered once more
        Task again = platform.task("reuse-1", "reuse", "work", model);
        platform.send(new Task(
                "reuse-2",
                "job-2",
                "reuse",
                "work",
                3,
                again.parameters(),
                again.models(),
                Map.of(),
                List.of(),
                7,
                Map.of()));
        platform.send(again);

        // then
        Completed other = platform.awaitEvent("reuse-2", Completed.class);
        Completed second = platform.awaitEvents("reuse-1", Completed.class, 2).get(1);
        assertThat(other.reused()).isTrue();
        assertThat(other.attempt()).isEqualTo(3);
        assertThat(second.reused()).isTrue();
        assertThat(other.outcome()).isEqualTo(first.outcome()).isEqualTo(second.outcome());
        assertThat(stage.runs).hasValue(1);
    }

    @Test
    void doesWorkAgainWhoseFilesAreGone() throws Exception {
        // given
        ScriptedStage stage = new ScriptedStage("gone")
                .on(
                        "copy",
                        (task, bench) -> Result.ofModels(
                                List.of(bench.storeModel("copy.onnx", "a copy", bench.model("model"), parameters())),
                                parameters()));
        workers = platform.workers(stage);
        platform.send(platform.task("gone-1", "gone", "copy", model));
        Result result = (Result) platform.awaitEvent("gone-1", Completed.class).outcome();
        platform.store.delete(result.models().get(0).model().uri());

        // when
        platform.send(platform.task("gone-1", "gone", "copy", model));

        // then
        assertThat(platform.awaitEvents("gone-1", Completed.class, 2).get(1).reused())
                .isFalse();
        assertThat(platform.store.exists(result.models().get(0).model().uri())).isTrue();
    }

    @Test
    void givesOneResultWhenTwoWorkersDoTheSameAtTheSameTime() throws Exception {
        // given two workers that both wait in the middle of the same task, delivered twice
        CountDownLatch bothAtWork = new CountDownLatch(2);
        AtomicInteger number = new AtomicInteger();
        ScriptedStage stage = new ScriptedStage("double").on("work", (task, bench) -> {
            bothAtWork.countDown();
            bothAtWork.await();
            Path file = Files.writeString(bench.scratch().resolve("m"), "made by " + number.incrementAndGet());
            return Result.ofModels(List.of(bench.storeModel("m.onnx", "m", file, parameters())), parameters());
        });
        workers = platform.workers(stage);
        try (Workers second = platform.workers(stage)) {
            // when
            platform.send(platform.task("double-1", "double", "work", model));
            platform.send(platform.task("double-1", "double", "work", model));

            // then
            List<Completed> both = platform.awaitEvents("double-1", Completed.class, 2);
            assertThat(both.get(0).outcome()).isEqualTo(both.get(1).outcome());
            Artifact made = ((Result) both.get(0).outcome()).models().get(0).model();
            assertThat(platform.store.resolve(Artifact.unresolved(made.uri()))).isEqualTo(made);
        }
    }

    @Test
    void leavesTasksToOthersWhileItIsBusy() throws Exception {
        // given two workers, one of them busy
        CountDownLatch end = new CountDownLatch(1);
        ScriptedStage stage = new ScriptedStage("busy")
                .on("short", WorkersTest::done)
                .on("long", (task, bench) -> {
                    end.await();
                    return done(task, bench);
                });
        workers = platform.workers(stage);
        try (Workers second = platform.workers(stage)) {
            platform.send(platform.task("busy-long", "busy", "long", model));
            platform.awaitEvent("busy-long", Progressed.class);

            // when
            Instant sent = Instant.now();
            for (int i = 0; i < 10; i++) {
                platform.send(platform.task("busy-" + i, "busy", "short", model));
            }

            // then
            for (int i = 0; i < 10; i++) {
                platform.awaitEvent("busy-" + i, Completed.class);
            }
            assertThat(Duration.between(sent, Instant.now())).isLessThan(Duration.ofSeconds(5));
            end.countDown();
            platform.awaitEvent("busy-long", Completed.class);
        }
    }

    @Test
    void keepsTheLeaseOfASilentStage() {
        // given
        workers = platform.workers(new ScriptedStage("silent").on("work", (task, bench) -> {
            bench.progress(Progress.of("thinking", 3, 9));
            Thread.sleep(3000);
            return done(task, bench);
        }));

        // when
        platform.send(platform.task("silent-1", "silent", "work", model));

        // then
        platform.awaitEvent("silent-1", Completed.class);
        List<Progressed> heartbeats = platform.events("silent-1", Progressed.class);
        assertThat(heartbeats).hasSizeBetween(4, 8);
        assertThat(heartbeats).last().extracting(Progressed::progress).isEqualTo(Progress.of("thinking", 3, 9));
        assertThat(workers.stuck()).isEmpty();
    }

    @Test
    void stopsWithinASecondWhenTheJobIsCancelled() {
        // given a task at work
        AtomicReference<Instant> stopped = new AtomicReference<>();
        workers = platform.workers(new ScriptedStage("cancel").on("work", workUntilStopped(stopped)));
        Task task = platform.task("cancel-1", "cancel", "work", model);
        platform.send(task);
        platform.awaitEvent("cancel-1", Progressed.class);

        // when
        Instant cancelled = Instant.now();
        platform.fenceJob(task);

        // then
        await().until(() -> stopped.get() != null);
        assertThat(Duration.between(cancelled, stopped.get())).isLessThan(Duration.ofSeconds(1));

        // and further tasks of the job are dropped, those of others are done
        platform.send(task.withAttempt(2));
        platform.send(platform.task("cancel-2", "cancel", "other", model));
        platform.awaitEvent("cancel-2", Failed.class);
        assertThat(platform.events("cancel-1", Claimed.class)).hasSize(1);
        assertThat(platform.events("cancel-1", Completed.class)).isEmpty();
        assertThat(platform.events("cancel-1", Failed.class)).isEmpty();
    }

    @Test
    void stopsAnAttemptThatWasOvertaken() {
        // given
        AtomicReference<Instant> stopped = new AtomicReference<>();
        workers = platform.workers(new ScriptedStage("overtaken").on("work", workUntilStopped(stopped)));
        Task task = platform.task("overtaken-1", "overtaken", "work", model);
        platform.send(task);
        platform.fence(task, 1);
        platform.awaitEvent("overtaken-1", Progressed.class);
        assertThat(stopped.get()).isNull();

        // when
        platform.fence(task, 2);

        // then
        await().atMost(Duration.ofSeconds(2)).until(() -> stopped.get() != null);
        assertThat(platform.events("overtaken-1", Failed.class)).isEmpty();
    }

    @Test
    void interruptsAStageThatWaits() {
        // given
        workers = platform.workers(new ScriptedStage("waiting").on("work", (task, bench) -> {
            Thread.sleep(60_000);
            return done(task, bench);
        }));
        Task task = platform.task("waiting-1", "waiting", "work", model);
        platform.send(task);
        platform.awaitEvent("waiting-1", Progressed.class);

        // when
        platform.fenceJob(task);
        platform.send(platform.task("waiting-2", "waiting", "none", model));

        // then
        platform.awaitEvent("waiting-2", Failed.class);
        assertThat(platform.events("waiting-1", Failed.class)).isEmpty();
    }

    @Test
    void givesItsTaskBackWhenItShutsDown() {
        // given
        AtomicReference<Instant> stopped = new AtomicReference<>();
        workers = platform.workers(new ScriptedStage("shutdown").on("work", workUntilStopped(stopped)));
        platform.send(platform.task("shutdown-1", "shutdown", "work", model));
        platform.awaitEvent("shutdown-1", Progressed.class);

        // when
        Instant start = Instant.now();
        workers.close();

        // then
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(4));
        platform.awaitEvent("shutdown-1", Released.class);
        assertThat(platform.events("shutdown-1", Failed.class)).isEmpty();
    }

    @Test
    void givesItsTaskBackEvenIfTheStageDoesNotListen() throws Exception {
        // given
        CountDownLatch end = new CountDownLatch(1);
        workers = platform.workers(new ScriptedStage("deaf").on("work", (task, bench) -> {
            while (end.getCount() > 0) {
                Thread.onSpinWait();
            }
            return done(task, bench);
        }));
        platform.send(platform.task("deaf-1", "deaf", "work", model));
        platform.awaitEvent("deaf-1", Progressed.class);

        // when
        workers.close();

        // then
        platform.awaitEvent("deaf-1", Released.class);
        end.countDown();
    }

    @Test
    void tellsTheKindOfAFailure() {
        // given
        workers = platform.workers(new ScriptedStage("failing")
                .on("unsupported", (task, bench) -> {
                    throw StageException.unsupported("The model has no Conv.");
                })
                .on("bad-model", (task, bench) -> {
                    throw new IllegalStateException("wrapped", new InvalidModelException("model.onnx: truncated"));
                })
                .on("bug", (task, bench) -> {
                    throw new NullPointerException();
                })
                .on("memory", (task, bench) -> {
                    throw new OutOfMemoryError("Java heap space");
                })
                .on("native", (task, bench) -> {
                    throw new UnsatisfiedLinkError("no jnitorch");
                })
                .on("data", (task, bench) -> {
                    bench.data("train");
                    return done(task, bench);
                }));

        // then
        assertFailure("unsupported", FailureKind.UNSUPPORTED, "The model has no Conv.");
        assertFailure("bad-model", FailureKind.INVALID_INPUT, "model.onnx: truncated");
        assertFailure("bug", FailureKind.CRASHED, "Unexpected: NullPointerException");
        assertFailure("memory", FailureKind.CRASHED, "ran out of memory");
        assertFailure("native", FailureKind.CRASHED, "no jnitorch");
        assertFailure("data", FailureKind.INVALID_INPUT, "The task has no data set 'train'.");
        assertFailure("unknown", FailureKind.INVALID_INPUT, "The stage 'failing' has no action 'unknown'; it has");
    }

    @Test
    void namesAModelThatIsNotThereOrNotAllowed() {
        // given
        workers = platform.workers(new ScriptedStage("missing").on("work", WorkersTest::done));

        // when
        platform.send(platform.task("missing-1", "missing", "work", Artifact.unresolved("s3://millrace/none.onnx")));
        platform.send(platform.task("missing-2", "missing", "work", Artifact.unresolved("s3://secrets/key")));
        platform.send(platform.task(
                "missing-3", "missing", "work", Artifact.unresolved("s3://" + Platform.NOT_MADE + "/model.onnx")));

        // then
        Failed none = platform.awaitEvent("missing-1", Failed.class);
        assertThat(none.failure()).isEqualTo(FailureKind.INVALID_INPUT);
        assertThat(none.message()).isEqualTo("models 'model': There is no object at s3://millrace/none.onnx.");
        Failed refused = platform.awaitEvent("missing-2", Failed.class);
        assertThat(refused.failure()).isEqualTo(FailureKind.INVALID_INPUT);
        assertThat(refused.message()).contains("bucket 'secrets' is none of the configured ones");

        // and a bucket that is missing is the trouble of those that name it
        Failed notMade = platform.awaitEvent("missing-3", Failed.class);
        assertThat(notMade.failure()).isEqualTo(FailureKind.INVALID_INPUT);
        assertThat(notMade.message()).contains("The bucket of s3://not-made/model.onnx does not exist at http");
        assertThat(workers.fault()).isEmpty();
    }

    @Test
    void putsAsideWhatItCannotRead() {
        // given
        workers = platform.workers(new ScriptedStage("garbage").on("work", WorkersTest::done));

        // when
        platform.sendGarbage("garbage");
        platform.send(platform.task("garbage-1", "garbage", "work", model));

        // then
        platform.awaitEvent("garbage-1", Completed.class);
        DeadLetter letter = await().until(
                        () -> platform.heard().stream()
                                .map(ConsumerRecord::value)
                                .filter(DeadLetter.class::isInstance)
                                .map(DeadLetter.class::cast)
                                .findFirst(),
                        Optional::isPresent)
                .get();
        assertThat(letter.topic()).isEqualTo("millrace.tasks.garbage");
        assertThat(letter.data()).isEqualTo("no event");
        assertThat(letter.reason()).contains("no CloudEvent");
    }

    @Test
    void computesOneTaskAtATimeWhateverTheStage() {
        // given two stages that note how many are at work
        AtomicInteger atWork = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ScriptedStage.Work work = (task, bench) -> {
            most.accumulateAndGet(atWork.incrementAndGet(), Math::max);
            Thread.sleep(200);
            atWork.decrementAndGet();
            return done(task, bench);
        };
        workers = platform.workers(
                new ScriptedStage("left").on("work", work), new ScriptedStage("right").on("work", work));

        // when
        for (int i = 0; i < 4; i++) {
            platform.send(platform.task("left-" + i, "left", "work", model));
            platform.send(platform.task("right-" + i, "right", "work", model));
        }

        // then
        for (int i = 0; i < 4; i++) {
            platform.awaitEvent("left-" + i, Completed.class);
            platform.awaitEvent("right-" + i, Completed.class);
        }
        assertThat(most).hasValue(1);
        assertThat(platform.registry
                        .get("millrace.tasks")
                        .tag("stage", "left")
                        .tag("end", "completed")
                        .timer()
                        .count())
                .isEqualTo(4);
    }

    @Test
    void goesOnFromTheCheckpointOfAnEarlierAttempt() {
        // given a stage that fails after its first checkpoint
        ScriptedStage stage = new ScriptedStage("checkpoint").on("work", (task, bench) -> {
            if (bench.checkpoint("epoch").isEmpty()) {
                bench.saveCheckpoint("epoch", Files.writeString(bench.scratch().resolve("c"), "epoch 3"));
                throw new IllegalStateException("lost");
            }
            String from = Files.readString(bench.checkpoint("epoch").get());
            return Result.ofFindings(parameters().put("from", from));
        });
        workers = platform.workers(stage);
        Task task = platform.task("checkpoint-1", "checkpoint", "work", model);
        platform.send(task);
        platform.awaitEvent("checkpoint-1", Failed.class);

        // when
        platform.send(task.withAttempt(2));

        // then
        Result result =
                (Result) platform.awaitEvent("checkpoint-1", Completed.class).outcome();
        assertThat(result.findings().get("from").asText()).isEqualTo("epoch 3");
    }

    @Test
    void takesNoTasksWhileTheStoreIsAwayAndGoesOnByItself() throws Exception {
        // given
        ScriptedStage stage = new ScriptedStage("storeless").on("work", WorkersTest::done);
        workers = platform.workers(stage);
        platform.send(platform.task("storeless-1", "storeless", "work", model));
        platform.awaitEvent("storeless-1", Completed.class);

        // when
        platform.stopStore();
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> workers.fault().isPresent());
            Thread.sleep(1000); // the loop may have looked right before, and be at a poll
            platform.send(platform.task("storeless-2", "storeless", "work", model));

            // then
            await().during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> platform.events("storeless-2").isEmpty());
        } finally {
            platform.startStore();
        }
        platform.awaitEvent("storeless-2", Completed.class);
        assertThat(workers.fault()).isEmpty();
    }

    @Test
    void largeFindingsAreStoredAndReachTheJoinWhole() {
        // given a stage that finds ten megabytes
        AtomicReference<Task> joined = new AtomicReference<>();
        ObjectNode found = parameters().put("small", 3).put("large", "x".repeat(10_000_000));
        workers = platform.workers(new ScriptedStage("large")
                .on(
                        "measure",
                        (task, bench) -> Result.ofModels(
                                List.of(bench.storeModel("m.onnx", "m", bench.model("model"), found)), found))
                .on("join", (task, bench) -> {
                    joined.set(task);
                    return done(task, bench);
                }));

        // when
        platform.send(platform.task("large-1", "large", "measure", model));

        // then the record has a summary
        Result result = (Result) platform.awaitEvent("large-1", Completed.class).outcome();
        assertThat(result.findings().get("small").asInt()).isEqualTo(3);
        assertThat(Findings.size(result)).isLessThan(4096);
        assertThat(new StoredFindings(platform.store).whole(result.findings())).isEqualTo(found);

        // and the join gets the whole
        Task task = platform.task("large-2", "large", "join", model);
        platform.send(new Task(
                "large-2",
                task.jobId(),
                "large",
                "join",
                1,
                task.parameters(),
                task.models(),
                Map.of(),
                List.of(new Result(result.models(), Findings.reference(result.findings()), null)),
                7,
                Map.of()));
        platform.awaitEvent("large-2", Completed.class);
        assertThat(joined.get().joined().get(0).findings()).isEqualTo(found);
        assertThat(joined.get().joined().get(0).models().get(0).parameters()).isEqualTo(found);
    }

    private void assertFailure(String action, FailureKind kind, String message) {
        platform.send(platform.task("failing-" + action, "failing", action, model));
        Failed failed = platform.awaitEvent("failing-" + action, Failed.class);
        assertThat(failed.failure()).as(action).isEqualTo(kind);
        assertThat(failed.message()).as(action).contains(message);
    }

    private static ScriptedStage.Work workUntilStopped(AtomicReference<Instant> stopped) {
        return (task, bench) -> {
            try {
                for (int i = 0; ; i++) {
                    bench.progress(Progress.of("working", i, 0));
                    Thread.sleep(20);
                }
            } finally {
                stopped.set(Instant.now());
            }
        };
    }

    private static Outcome done(Task task, Workbench bench) {
        return Result.ofFindings(parameters());
    }

    private static ObjectNode parameters() {
        return JsonNodeFactory.instance.objectNode();
    }
}
