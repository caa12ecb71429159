package io.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobWatcherTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true);
    private long now;
    private final JobWatcher watcher = new JobWatcher(null, out, new ProgressLines(out, () -> now));

    @Test
    void tasksSideBySideAreEachToldOnceUntilSomethingChanges() {
        TaskStatus one = task("one", 1, null);
        TaskStatus other = task("other", 1, null);
        for (int look = 0; look < 20; look++) {
            watcher.show(job(one, other));
            pass(Duration.ofSeconds(1));
        }

        assertThat(lines()).containsExactly("  svd measure (one)", "  svd measure (other)");
    }

    @Test
    void aCountIsToldEachTenthWithTheTimeThatIsLeft() {
        for (int done = 1; done <= 60; done++) {
            watcher.show(job(task("one", 1, Progress.of("measuring layer " + done, done, 60))));
            pass(Duration.ofSeconds(2));
        }

        assertThat(lines())
                .hasSize(11)
                .startsWith(
                        "  svd measure (one): measuring layer 1, 1 of 60",
                        "  svd measure (one): measuring layer 6, 6 of 60, about 108 s left")
                .endsWith("  svd measure (one): measuring layer 60, 60 of 60")
                .doesNotHaveDuplicates();
    }

    @Test
    void withinAPhaseNothingGoesBackAndANewPhaseIsANewLine() {
        watcher.show(job(task("one", 1, Progress.of("splitting", 3, 4))));
        pass(Duration.ofMinutes(1));
        watcher.show(job(task("one", 1, Progress.of("splitting", 1, 4))));
        pass(Duration.ofMinutes(1));
        watcher.show(job(task("one", 1, Progress.of("comparing outputs", 0, 0))));
        pass(Duration.ofMinutes(1));
        watcher.show(job(task("one", 2, Progress.of("splitting", 1, 4))));

        assertThat(lines())
                .containsExactly(
                        "  svd measure (one): splitting, 3 of 4",
                        "  svd measure (one): comparing outputs",
                        "  svd measure (one), attempt 2: splitting, 1 of 4");
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private List<String> lines() {
        return bytes.toString().lines().toList();
    }

    private static TaskStatus task(String label, int attempt, Progress progress) {
        return new TaskStatus(label, null, "svd", "measure", label, attempt, State.RUNNING, "w", progress, null);
    }

    private static JobStatus job(TaskStatus... running) {
        return new JobStatus(
                "job",
                "name",
                Phase.RUNNING,
                null,
                null,
                null,
                Instant.EPOCH,
                null,
                1,
                1,
                null,
                null,
                List.of(running),
                List.of(),
                null,
                null,
                running.length,
                0,
                0);
    }
}
