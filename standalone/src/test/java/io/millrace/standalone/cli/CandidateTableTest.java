package io.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
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
                .anySatisfy(line -> assertThat(line).contains("0*", "10.00 %", "1.000", " - "))
                .anySatisfy(line -> assertThat(line).contains("1-1*", " - ", "0.500", "1.50x"))
                .anySatisfy(line -> assertThat(line).contains("1-2*", "20.00 %", "0.400", " - "))
                .anySatisfy(line -> assertThat(line).contains("1-3 ").doesNotContain("0.", "null"));
        assertThat(table)
                .contains("as part of the original's", "a batch of 16 on 2 threads")
                .contains("* 0: the original is no better than chance")
                .contains("* 1-1, 1-2: " + PARTIAL)
                .contains("* 1-2: no speed: the machine is busy");
        assertThat(JobVerdict.of(job)).isEqualTo("The objective was NOT met: 1-1 is the best there is, but: mac-ratio");
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

    private static Candidate candidate(String id, Evaluation figures) {
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
                null);
    }

    private static JobStatus job(boolean met, Evaluation original, Candidate... candidates) {
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
                List.of(),
                List.of(candidates),
                "1-1",
                null,
                0,
                1,
                0);
    }
}
