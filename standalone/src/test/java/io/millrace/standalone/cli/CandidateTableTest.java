package io.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Evaluation.Latency;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CandidateTableTest {
    private static final String PARTIAL = "MACs and their ratio are of a part of the network";

    @Test
    void saysWhatFiguresAreOfAndWhyOthersAreMissing() {
        JobStatus job = job(
                false,
                figures(0.1, 1000, null, "the original is no better than chance"),
                candidate("1-1", figures(null, 500, latency(1.5, null), PARTIAL)),
                candidate("1-2", figures(0.2, 400, latency(null, "the machine is busy"), PARTIAL)),
                candidate("1-3", null));

        String table = CandidateTable.of(job);

        assertThat(table.lines())
                .anySatisfy(line -> assertThat(line).contains("0*", "10.00 %", "1.000", " - ", " 3.00 "))
                .anySatisfy(line -> assertThat(line).contains("1-1*", " - ", "0.500", "1.50x"))
                .anySatisfy(line -> assertThat(line).contains("1-2*", "20.00 %", "0.400", " - "))
                .anySatisfy(line -> assertThat(line).contains("1-3 ").doesNotContain("0.", "null"));
        assertThat(table)
                .contains("as part of the original's", "ms: a batch of 16 on 2 threads, original ms: ")
                .contains("* 0: the original is no better than chance")
                .contains("* 1-1, 1-2: " + PARTIAL)
                .contains("* 1-2: no speed: the machine is busy");
        assertThat(JobVerdict.of(job)).isEqualTo("The objective was NOT met: 1-1 is the best there is, but: mac-ratio");
    }

    @Test
    void notesOfTheChosenStandInFullAndOfOthersTheBeginning() {
        String missed =
                "mac-ratio 0.5 is out of reach: this model is at 0.614, " + "with each part as small ".repeat(8);
        JobStatus job = job(
                true,
                figures(0.9, 1000, null, "fine"),
                candidate("1-1", figures(0.9, 614, null, "fine"), missed, "reconstruction was dropped"),
                candidate("1-2", figures(0.9, 614, null, "fine"), missed.replace("0.614", "0.615"), "a", "b", "c"));

        String table = CandidateTable.of(job);

        assertThat(table)
                .contains("* 1-1: " + missed, "* 1-1: reconstruction was dropped")
                .contains("* 1-2: mac-ratio 0.5 is out of reach: this model is at 0.615")
                .doesNotContain(missed.replace("0.614", "0.615"))
                .contains("* 1-2: the report has 2 more notes");
    }

    @Test
    void whatIsNotCountedIsNotZero() {
        Evaluation uncounted = new Evaluation(Map.of("top1", 0.9), null, 5, 5, null, Map.of(), List.of("of an If"));

        assertThat(CandidateTable.of(job(true, uncounted, candidate("1-1", uncounted)))
                        .lines())
                .filteredOn(line -> line.contains("not counted"))
                .hasSize(2)
                .noneMatch(line -> line.contains("0.000"));
    }

    @Test
    void timesOfDifferentBatchesSayTheirOwn() {
        Latency one = new Latency(2, 1.9, 2.1, 3, 1.5, 1.4, 1.6, 1, 2, null);
        JobStatus job = job(
                true,
                figures(0.9, 1000, null, "fine"),
                candidate("1-1", figures(0.9, 500, latency(1.5, null), "fine")),
                candidate("1-2", figures(0.9, 500, one, "fine")));

        assertThat(CandidateTable.of(job))
                .contains("* 1-1: ms of a batch of 16 on 2 threads", "* 1-2: ms of a batch of 1 on 2 threads")
                .contains("ms: of different batches, see below");
    }

    @Test
    void tasksThatCameToNothingAreNamed() {
        JobStatus job = job(true, figures(0.9, 1000, null, "fine"), candidate("1-1", null));
        TaskStatus failed = new TaskStatus(
                "t", null, "pruning", "compress", "channel-pruning of 0", 1, State.FAILED, "w", null, "no channel");

        assertThat(CandidateTable.of(with(job, failed))).contains("* channel-pruning of 0 came to nothing: no channel");
    }

    private static Latency latency(Double speedUp, String unmeasured) {
        Double low = speedUp == null ? null : speedUp - 0.1;
        Double high = speedUp == null ? null : speedUp + 0.1;
        return new Latency(2, 1.9, 2.1, 3, speedUp, low, high, 16, 2, unmeasured);
    }

    private static Evaluation figures(Double top1, long macs, Latency latency, String note) {
        return new Evaluation(
                top1 == null ? Map.of() : Map.of("top1", top1), macs, macs, macs, latency, Map.of(), List.of(note));
    }

    private static Candidate candidate(String id, Evaluation figures, String... notes) {
        return new Candidate(
                id,
                null,
                1,
                false,
                "made",
                "method",
                Json.mapper().createObjectNode(),
                Map.of(),
                Artifact.unresolved("s3://millrace/x"),
                figures,
                Standing.EVALUATED,
                null,
                List.of(notes));
    }

    private static JobStatus job(boolean met, Evaluation original, Candidate... candidates) {
        return job(met, original, List.of(), candidates);
    }

    private static JobStatus with(JobStatus job, TaskStatus task) {
        return job(true, job.original(), List.of(task), job.candidates().toArray(Candidate[]::new));
    }

    private static JobStatus job(boolean met, Evaluation original, List<TaskStatus> tasks, Candidate... candidates) {
        return new JobStatus(
                "job",
                "name",
                Phase.COMPLETED,
                "1-1 is the best there is, but: mac-ratio",
                met,
                null,
                Instant.EPOCH,
                Instant.EPOCH,
                1,
                1,
                null,
                original,
                tasks,
                List.of(candidates),
                "1-1",
                null,
                0,
                1,
                0);
    }
}
