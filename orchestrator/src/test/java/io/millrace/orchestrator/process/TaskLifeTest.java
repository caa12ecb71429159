package io.millrace.orchestrator.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.task.Findings;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.RestAnswers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskLifeTest {
    private static final String JOB = """
            model: s3://models/lenet.onnx
            data: {train: s3://data/train, validation: s3://data/test}
            objective: {mac-ratio: 0.5}
            recipe: [{compress: {method: spatial-svd, mac-ratios: [0.5]}}]
            """;

    private final World world = World.submitted(JOB);

    @Test
    void aQueuedTaskThatNobodyClaimsIsIssuedOnceMore() {
        Task task = world.next();
        world.pass(Duration.ofSeconds(59));
        assertThat(world.queue).isEmpty();

        world.pass(Duration.ofSeconds(1));
        assertThat(world.next()).as("the same attempt").isEqualTo(task);
        world.pass(Duration.ofSeconds(119));
        assertThat(world.queue).isEmpty();
        world.pass(Duration.ofSeconds(1));
        assertThat(world.next()).isEqualTo(task);

        world.complete(task, RestAnswers.to(task));
        assertThat(world.fences)
                .as("its twins in the queue")
                .contains(TaskFence.below(World.JOB, task.id(), TaskFence.NONE));
    }

    @Test
    void whoClaimsATwinComesSecond() {
        Task task = world.next();
        world.pass(Duration.ofMinutes(1));
        Task twin = world.next();
        world.claim(task);
        world.on(new TaskEvent.Claimed(twin.id(), World.JOB, 1, "second"));
        world.on(new TaskEvent.Failed(twin.id(), World.JOB, 1, "second", FailureKind.INVALID_INPUT, "late"));

        assertThat(world.state.tasks().get(task.id()).worker()).isEqualTo("w");
        assertThat(world.fences).containsExactly(new TaskFence(World.JOB, task.id(), 1, "w"));
    }

    @Test
    void waitingForDaysCostsLittle() {
        for (int hour = 0; hour < 72; hour++) {
            world.pass(Duration.ofHours(1));
        }

        assertThat(world.issued).hasSizeBetween(60, 73);
        assertThat(world.state.phase()).isEqualTo(Phase.RUNNING);
    }

    @Test
    void noLeaseRunsOutWhileNoHeartbeatCouldBeHeard() {
        Task task = world.next();
        world.claim(task);
        world.leasesEnd = false;
        world.pass(Duration.ofMinutes(5));
        assertThat(world.queue).isEmpty();

        world.leasesEnd = true;
        world.pass(Duration.ofSeconds(1));
        assertThat(world.next()).isEqualTo(task.withAttempt(2));
    }

    @Test
    void aFailureThatNobodyForesawIsTriedThreeTimes() {
        for (int attempt = 1; attempt <= 3; attempt++) {
            Task task = world.next();
            world.fail(task, FailureKind.CRASHED, "Unexpected: NullPointerException");
            world.pass(Duration.ofSeconds(5));
        }

        assertThat(world.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(world.state.reason()).contains("NullPointerException (tried 3 times)");
    }

    @Test
    void lostLeasesAndTheStoreBeingAwayAreCountedApart() {
        for (int i = 0; i < 10; i++) {
            world.fail(world.next(), FailureKind.TRANSIENT, "the store is away");
            world.pass(Duration.ofMinutes(1));
        }
        for (int i = 0; i < 2; i++) {
            world.claim(world.next());
            world.pass(Duration.ofSeconds(10));
        }

        assertThat(world.next().attempt()).isEqualTo(13);
        assertThat(world.state.phase()).isEqualTo(Phase.RUNNING);
    }

    @Test
    void progressKeepsTheLease() {
        Task task = world.next();
        world.claim(task);
        for (int i = 0; i < 10; i++) {
            world.pass(Duration.ofSeconds(9));
            world.on(new TaskEvent.Progressed(task.id(), World.JOB, 1, "w", Progress.of("measuring", i, 10)));
        }

        assertThat(world.issued).hasSize(1);
        assertThat(world.state.status().tasks().get(0).progress().done()).isEqualTo(9);
    }

    @Test
    void aSilentWorkerLosesItsTaskAndTheThirdTimeTheTaskHasFailed() {
        for (int attempt = 1; attempt <= 3; attempt++) {
            Task task = world.next();
            assertThat(task.attempt()).isEqualTo(attempt);
            world.claim(task);
            world.pass(Duration.ofSeconds(10));
        }

        assertThat(world.queue).isEmpty();
        assertThat(world.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(world.state.reason()).contains("worker w went silent").contains("3 attempts");
    }

    @Test
    void theSameTaskKeepsItsIdOverAttempts() {
        Task first = world.next();
        world.claim(first);
        world.pass(Duration.ofSeconds(10));

        assertThat(world.next()).isEqualTo(first.withAttempt(2));
        assertThat(World.submitted(JOB).next()).isEqualTo(first);
    }

    @Test
    void aReleasedTaskIsIssuedAtOnceAndAsOftenAsNeeded() {
        for (int attempt = 1; attempt <= 10; attempt++) {
            Task task = world.next();
            world.claim(task);
            world.on(new TaskEvent.Released(task.id(), World.JOB, task.attempt(), "w"));
        }

        assertThat(world.next().attempt()).isEqualTo(11);
    }

    @Test
    void transientFailuresWaitTwiceAsLongEachTime() {
        Task task = world.next();
        world.fail(task, FailureKind.TRANSIENT, "no route to host");
        assertThat(world.state.tasks().get(task.id()).state()).isEqualTo(State.WAITING_TO_RETRY);
        world.pass(Duration.ofMillis(1900));
        assertThat(world.queue).isEmpty();
        world.pass(Duration.ofMillis(100));
        Task second = world.next();
        assertThat(second.attempt()).isEqualTo(2);
        world.fail(second, FailureKind.TRANSIENT, "no route to host");
        world.pass(Duration.ofSeconds(3));
        assertThat(world.queue).isEmpty();
        world.pass(Duration.ofSeconds(1));
        assertThat(world.queue).hasSize(1);
    }

    @Test
    void transientFailuresAreRetriedForHalfAnHour() {
        int tries = 0;
        Instant begin = world.now;
        while (!world.state.isEnded()) {
            if (!world.queue.isEmpty()) {
                world.fail(world.next(), FailureKind.TRANSIENT, "no route to host");
                tries++;
            }
            world.pass(Duration.ofSeconds(1));
        }

        assertThat(Duration.between(begin, world.now)).isBetween(Duration.ofMinutes(30), Duration.ofMinutes(32));
        assertThat(tries).isBetween(30, 40);
        assertThat(world.state.reason()).contains("no route to host (tried " + tries + " times)");
    }

    @Test
    void anOvertakenAttemptIsNotHeardButItsResultIs() {
        Task first = world.next();
        world.claim(first);
        world.pass(Duration.ofSeconds(10));
        Task second = world.next();
        world.claim(second);

        world.fail(first, FailureKind.INVALID_INPUT, "late");
        assertThat(world.state.phase()).isEqualTo(Phase.RUNNING);
        world.complete(first, RestAnswers.to(first));
        assertThat(world.state.round()).isEqualTo(1);
        int issued = world.issued.size();
        world.complete(second, RestAnswers.to(second));

        assertThat(world.issued).hasSize(issued);
        assertThat(world.state.finishedTasks()).isEqualTo(1);
    }

    @Test
    void theJoinGetsTheResultsInTheOrderOfTheFork() {
        Task baseline = world.next();
        world.complete(baseline, RestAnswers.to(baseline));
        Task compress = world.next();
        world.complete(compress, RestAnswers.to(compress));
        List<Task> parts = List.copyOf(world.queue);
        world.queue.clear();
        for (int i : List.of(2, 0, 1)) {
            world.complete(parts.get(i), RestAnswers.to(parts.get(i)));
        }

        Task join = world.next();
        assertThat(join.action()).isEqualTo("select");
        assertThat(join.joined())
                .extracting(result -> result.findings().get("measured").asText())
                .containsExactlyElementsOf(parts.stream().map(Task::id).toList());
        assertThat(join.models()).isEqualTo(compress.models());
    }

    @Test
    void aPartMayForkAgain() {
        Part join = new Part("all", "join", null);
        Task baseline = world.next();
        world.complete(baseline, RestAnswers.to(baseline));
        Task outer = world.next();
        world.complete(outer, new Fork(List.of(new Part("a", "deep", null), new Part("b", "flat", null)), join));
        Task deep = world.next();
        Task flat = world.next();
        world.complete(flat, finding("flat"));
        world.complete(deep, new Fork(List.of(new Part("c", "leaf", null)), join));
        world.complete(world.next(), finding("leaf"));
        world.complete(world.next(), finding("deep"));

        Task last = world.next();
        assertThat(last.joined())
                .extracting(result -> result.findings().get("of").asText())
                .containsExactly("deep", "flat");
    }

    @Test
    void aPartThatFailsTakesItsForkWithIt() {
        Task baseline = world.next();
        world.complete(baseline, RestAnswers.to(baseline));
        Task compress = world.next();
        world.complete(compress, RestAnswers.to(compress));
        world.fail(world.next(), FailureKind.INVALID_INPUT, "layer conv1: not a number");

        assertThat(world.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(world.state.reason()).contains("layers 0").contains("layer conv1: not a number");
        assertThat(world.state.tasks()).isEmpty();
        assertThat(world.state.forks()).isEmpty();
    }

    @Test
    void aPartWhoseFindingsWouldNotFitIntoTheJoinFailsWithTheWayOut() {
        Task baseline = world.next();
        world.complete(baseline, RestAnswers.to(baseline));
        Task compress = world.next();
        List<Part> parts = IntStream.range(0, 1000)
                .mapToObj(i -> new Part(
                        "part " + i, "measure", Json.mapper().createObjectNode().put("part", i)))
                .toList();
        world.complete(compress, new Fork(parts, new Part("all", "select", null)));
        Artifact stored = new Artifact("s3://millrace/results/1/findings.json", "ab".repeat(32), 1_000_000);

        // what is stored may be large, and its summary too
        ObjectNode summary = Findings.summary(
                Json.mapper().createObjectNode().put("few", "words").put("table", "x".repeat(7_900)), stored);
        world.complete(world.next(), Outcome.Result.ofFindings(summary));
        assertThat(world.state.forks()).isNotEmpty();

        world.complete(
                world.next(),
                Outcome.Result.ofFindings(Json.mapper().createObjectNode().put("table", "x".repeat(8_000))));

        assertThat(world.state.forks()).isEmpty();
        assertThat(world.state.failedTasks()).anySatisfy(task -> assertThat(task.failure())
                .contains("as one of 1000 parts")
                .contains("may have 7,340: store large findings")
                .contains("\"stored\""));
    }

    @Test
    void aForkWithoutPartsIsJoinedAtOnce() {
        Task baseline = world.next();
        world.complete(baseline, RestAnswers.to(baseline));
        world.complete(world.next(), new Fork(List.of(), new Part("all", "select", null)));

        assertThat(world.next().action()).isEqualTo("select");
    }

    @Test
    void aCancelledJobHearsNothingMore() {
        Task task = world.next();
        world.claim(task);
        world.cancel();
        world.complete(task, RestAnswers.to(task));
        world.pass(Duration.ofDays(1));

        assertThat(world.state.phase()).isEqualTo(Phase.CANCELLED);
        assertThat(world.state.reason()).isEqualTo("enough");
        assertThat(world.issued).hasSize(1);
    }

    @Test
    void noCandidateOfAJobThatHasEndedIsInWork() {
        Task baseline = world.next();
        world.complete(baseline, RestAnswers.to(baseline));
        while (world.state.candidates().isEmpty()) {
            Task task = world.next();
            world.complete(task, RestAnswers.to(task));
        }
        assertThat(world.state.candidates()).extracting(Candidate::state).contains(Standing.IN_WORK);

        world.cancel();

        assertThat(world.state.candidates()).allSatisfy(candidate -> {
            assertThat(candidate.state()).isEqualTo(Standing.DROPPED);
            assertThat(candidate.reason()).isEqualTo("not finished: the job has ended");
        });
    }

    @Test
    void aJobIsBegunOnce() {
        world.submit(JOB);
        assertThat(world.issued).hasSize(1);
        world.run();
        world.state = world.state.remains();
        world.submit(JOB);

        assertThat(world.state.phase()).isEqualTo(Phase.COMPLETED);
    }

    private static Outcome finding(String of) {
        return Outcome.Result.ofFindings(Json.mapper().createObjectNode().put("of", of));
    }
}
