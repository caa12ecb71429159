package io.millrace.orchestrator.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.JobSpec.Objective;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.orchestrator.Answers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private final Choice choice =
            new Choice(new Objective("top1", 0.01, 0.5, null, null, null), Answers.figures(1000, 0.93, 1));

    @Test
    void theBestMetricOfThoseThatMeetTheObjective() {
        assertThat(best(of("large", 600, 0.93, 1.5), of("good", 500, 0.926, 1.5), of("worse", 400, 0.921, 2.0)))
                .isEqualTo("good");
    }

    @Test
    void whereMetricsTieTheFastest() {
        assertThat(best(of("better", 500, 0.9265, 1.3), of("faster", 480, 0.9250, 1.6)))
                .isEqualTo("faster");
    }

    @Test
    void ifNoneMeetsTheObjectiveTheNearest() {
        assertThat(best(of("far", 950, 0.93, 1), of("near", 500, 0.9195, 1), of("farther", 500, 0.80, 2)))
                .isEqualTo("near");
        assertThat(choice.misses(of("near", 510, 0.9195, 1)))
                .containsExactly("top1 falls by 0.0105, allowed 0.0100", "MAC ratio 0.5100, allowed 0.5000");
    }

    @Test
    void whatIsMadeSmallerLaterIsOrderedByMetricAlone() {
        List<Candidate> some = List.of(of("small", 400, 0.90, 3), of("large", 800, 0.93, 1));

        assertThat(choice.byMetric(some)).extracting(Candidate::id).containsExactly("large", "small");
        assertThat(choice.byObjective(some)).extracting(Candidate::id).containsExactly("large", "small");
    }

    @Test
    void aSpeedUpMayBeAskedFor() {
        Choice fast = new Choice(new Objective("top1", 0.01, null, null, null, 1.5), Answers.figures(1000, 0.93, 1));

        assertThat(fast.best(List.of(of("slow", 300, 0.93, 1.2), of("fast", 600, 0.925, 1.6))))
                .map(Candidate::id)
                .contains("fast");
    }

    @Test
    void aMetricThatIsNoNumberIsWorseThanAny() {
        assertThat(best(of("nan", 500, Double.NaN, 9), of("poor", 500, 0.1, 1))).isEqualTo("poor");
    }

    private String best(Candidate... candidates) {
        return choice.best(List.of(candidates)).orElseThrow().id();
    }

    private static Candidate of(String id, long macs, double top1, double speedUp) {
        return new Candidate(
                id,
                null,
                1,
                false,
                id,
                "m",
                null,
                Map.of(),
                null,
                Answers.figures(macs, top1, speedUp),
                Standing.EVALUATED,
                null);
    }
}
