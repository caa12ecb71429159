package io.millrace.orchestrator.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.RestAnswers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Events in any order, twice, late, or never; workers that die, are stopped, and fail. Whatever happens, the job ends,
 * each task has one result, and where no task is lost for good the end is that of a quiet day.
 */
class StormTest {
    private static final String JOB = """
            model: s3://models/lenet.onnx
            data: {train: s3://data/train, validation: s3://data/test}
            recipe: svd-cp-int8
            mac-ratio: 0.5
            """;

    @Property(tries = 60)
    void delaysAndDuplicatesChangeNothing(@ForAll long seed) {
        Storm storm = new Storm(seed, false);

        storm.rage();

        assertThat(storm.world.state.phase().ended()).isTrue();
        assertThat(figures(storm.world)).isEqualTo(figures(World.submitted(JOB).run()));
        assertThat(storm.world.state.finishedTasks()).isEqualTo((int)
                storm.world.issued.stream().map(Task::id).distinct().count());
    }

    @Property(tries = 60)
    void lossesAndFailuresNeverKeepTheJobFromEnding(@ForAll long seed) {
        Storm storm = new Storm(seed, true);

        storm.rage();

        assertThat(storm.world.state.phase().ended()).isTrue();
        assertThat(storm.world.state.tasks()).isEmpty();
        assertThat(storm.world.news.stream().filter(StormTest::isEnd)).hasSize(1);
        assertThat(storm.world.state.candidates()).extracting(Candidate::id).doesNotHaveDuplicates();
    }

    @Property(tries = 30)
    void whatIsIssuedOnceMoreIsTheSameAndAttemptsOnlyRise(@ForAll long seed) {
        Storm storm = new Storm(seed, true);
        storm.rage();
        Map<String, Task> latest = new HashMap<>();
        for (Task task : storm.world.issued) {
            Task before = latest.put(task.id(), task);
            if (before != null) {
                assertThat(task.attempt()).isGreaterThanOrEqualTo(before.attempt());
                assertThat(task).isEqualTo(before.withAttempt(task.attempt()));
            }
        }
    }

    @Property(tries = 30)
    void aReplayDecidesTheSame(@ForAll long seed) {
        Storm storm = new Storm(seed, true);
        storm.rage();

        World again = World.submitted(JOB);
        again.replay(storm.world.played);

        assertThat(Json.fingerprint(again.state)).isEqualTo(Json.fingerprint(storm.world.state));
        assertThat(again.issued).isEqualTo(storm.world.issued);
        assertThat(again.news).isEqualTo(storm.world.news);
        assertThat(again.fences).isEqualTo(storm.world.fences);
    }

    @Property(tries = 30)
    void anAttemptThatWasOvertakenIsFencedOff(@ForAll long seed) {
        Storm storm = new Storm(seed, true);
        storm.rage();

        for (Task task : storm.world.issued) {
            if (task.attempt() > 1) {
                assertThat(storm.world.fences)
                        .anyMatch(fence -> task.id().equals(fence.taskId()) && fence.attempt() >= task.attempt());
            }
        }
        assertThat(storm.world.fences).last().isEqualTo(TaskFence.ofJob(World.JOB));
    }

    private static boolean isEnd(JobEvent.News news) {
        return news instanceof JobEvent.Completed || news instanceof JobEvent.Failed;
    }

    /** What counts of a job: which models there are, and how good. Their numbering depends on the order. */
    private static Map<String, Double> figures(World world) {
        return world.state.candidates().stream()
                .filter(candidate -> candidate.evaluation() != null)
                .collect(Collectors.toMap(
                        candidate -> candidate.model().uri()
                                + (candidate.id().equals(world.state.chosen()) ? " chosen" : "")
                                + (candidate.id().equals(world.state.chosenQuantized()) ? " chosen quantized" : ""),
                        candidate -> candidate.evaluation().metrics().get("top1")));
    }

    /** Delivers what workers say when and as often as it likes. */
    private static final class Storm {
        final World world = World.submitted(JOB);
        private final List<TaskEvent> air = new ArrayList<>();
        private final Random random;
        private final boolean losing;

        Storm(long seed, boolean losing) {
            this.random = new Random(seed);
            this.losing = losing;
        }

        void rage() {
            for (int step = 0; !world.state.isEnded(); step++) {
                assertThat(step).as("steps without an end").isLessThan(20_000);
                if (!world.queue.isEmpty() && (air.isEmpty() || random.nextInt(3) == 0)) {
                    work(world.next());
                } else if (!air.isEmpty() && random.nextInt(10) > 0) {
                    deliver(air.remove(random.nextInt(air.size())));
                } else {
                    world.pass(Duration.ofSeconds(losing ? 5 : 1));
                    world.issued.stream().limit(losing ? 0 : 1000).forEach(this::heartbeat);
                }
            }
        }

        /** On the quiet days nobody is silent for long. */
        private void heartbeat(Task task) {
            world.on(new TaskEvent.Progressed(
                    task.id(), task.jobId(), task.attempt(), "w", Progress.of("working", 1, 2)));
        }

        private void work(Task task) {
            if (losing && random.nextInt(15) == 0) {
                // The queue has lost the record.
                return;
            }
            TaskEvent claimed = new TaskEvent.Claimed(task.id(), task.jobId(), task.attempt(), "w");
            // A claim is sent before the task leaves the queue: without it the task is taken again.
            world.on(claimed);
            air.add(claimed);
            air.add(new TaskEvent.Progressed(task.id(), task.jobId(), task.attempt(), "w", Progress.of("x", 1, 2)));
            int fate = losing ? random.nextInt(12) : 11;
            if (fate == 0) {
                return;
            }
            air.add(
                    switch (fate) {
                        case 1 -> new TaskEvent.Released(task.id(), task.jobId(), task.attempt(), "w");
                        case 2 ->
                            new TaskEvent.Failed(
                                    task.id(), task.jobId(), task.attempt(), "w", FailureKind.TRANSIENT, "storm");
                        case 3 ->
                            new TaskEvent.Failed(
                                    task.id(), task.jobId(), task.attempt(), "w", FailureKind.UNSUPPORTED, "storm");
                        default ->
                            new TaskEvent.Completed(
                                    task.id(), task.jobId(), task.attempt(), "w", RestAnswers.to(task), false);
                    });
        }

        private void deliver(TaskEvent event) {
            if (losing && random.nextInt(20) == 0) {
                return;
            }
            world.on(event);
            if (random.nextInt(4) == 0) {
                air.add(event);
            }
        }
    }
}
