package io.millrace.orchestrator.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.JobSpec.Objective;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Evaluation.Latency;
import io.millrace.orchestrator.RestAnswers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private final Choice choice =
            new Choice(new Objective("top1", 0.01, 0.5, null, null, null), RestAnswers.figures(1000, 0.93, 1));

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
        Choice fast =
                new Choice(new Objective("top1", 0.01, null, null, null, 1.5), RestAnswers.figures(1000, 0.93, 1));

        assertThat(fast.best(List.of(of("slow", 300, 0.93, 1.2), of("fast", 600, 0.925, 1.6))))
                .map(Candidate::id)
                .contains("fast");
    }

    @Test
    void aMetricThatIsNoNumberIsWorseThanAny() {
        assertThat(best(of("nan", 500, Double.NaN, 9), of("poor", 500, 0.1, 1))).isEqualTo("poor");
    }

    @Test
    void aDifferenceOfTimesInsideTheIntervalIsATieThatTheSmallerWins() {
        List<Candidate> twice = List.of(of("small", 400, 0.93, 1.88), of("large", 500, 0.93, 1.92));

        assertThat(choice.top(twice)).map(Candidate::id).contains("small");
        assertThat(choice.top(List.of(twice.get(1), twice.get(0))))
                .map(Candidate::id)
                .contains("small");
    }

    /** Times that another run measures, each anywhere in the interval of the first. */
    @Test
    void replaysWithTimesAnywhereInTheirIntervalsChooseTheSame() {
        List<List<Candidate>> jobs = List.of(
                // two runs of one job once chose differently here, by 1.88x against 1.77x
                List.of(of("a", 489, 0.9346, 1.77), of("b", 494, 0.9355, 1.88), of("c", 498, 0.9340, 1.86)),
                List.of(of("a", 489, 0.9346, 1.05), of("b", 494, 0.9355, 1.04), of("c", 498, 0.9340, 0.98)),
                List.of(of("a", 489, 0.9346, 1.5), of("b", 494, 0.9355, 1.9), of("c", 500, 0.9340, 1.95)),
                List.of(of("a", 499, 0.93, 1.1), of("b", 499, 0.93, 1.1), of("c", 499, 0.93, 1.12)));
        Choice fast =
                new Choice(new Objective("top1", 0.01, null, null, null, 3.0), RestAnswers.figures(1000, 0.93, 1));
        Random random = new Random(5);
        for (List<Candidate> job : jobs) {
            List<String> once =
                    choice.byObjective(job).stream().map(Candidate::id).toList();
            String nearest = fast.best(job).orElseThrow().id();
            for (int replay = 0; replay < 2000; replay++) {
                List<Candidate> again = new ArrayList<>(
                        job.stream().map(c -> measuredAgain(c, random)).toList());
                Collections.shuffle(again, random);

                assertThat(choice.byObjective(again)).extracting(Candidate::id).isEqualTo(once);
                assertThat(fast.best(again)).map(Candidate::id).contains(nearest);
            }
        }
    }

    private static Candidate measuredAgain(Candidate c, Random random) {
        Latency was = c.evaluation().latency();
        double now = was.speedUpLow() + random.nextDouble() * (was.speedUpHigh() - was.speedUpLow());
        double moved = now / was.speedUp();
        return with(c, new Latency(1, 1, 1, 3, now, was.speedUpLow() * moved, was.speedUpHigh() * moved, 16, 2, null));
    }

    @Test
    void idsThatFollowTheOrderOfEndingDecideNothing() {
        Candidate small = labelled("2-1", "spatial-svd 0.5");
        Candidate other = labelled("2-2", "spatial-svd 0.6");

        assertThat(choice.top(List.of(small, other))).map(Candidate::label).contains("spatial-svd 0.5");
        assertThat(choice.top(List.of(labelled("2-1", "spatial-svd 0.6"), labelled("2-2", "spatial-svd 0.5"))))
                .map(Candidate::label)
                .contains("spatial-svd 0.5");
    }

    private static Candidate labelled(String id, String label) {
        Candidate c = of(id, 500, 0.93, 1.5);
        return new Candidate(
                id,
                null,
                1,
                false,
                label,
                "m",
                null,
                Map.of(),
                null,
                c.evaluation(),
                Standing.EVALUATED,
                null,
                List.of());
    }

    @Test
    void whereEverythingTiesTheFirstId() {
        assertThat(best(of("b", 500, 0.93, 1.5), of("a", 500, 0.93, 1.5))).isEqualTo("a");
    }

    @Test
    void aTimeThatWasNotMeasuredBeatsNothingAndLosesToNothing() {
        Candidate unmeasured = with("unmeasured", 400, null);
        Candidate wide = with("wide", 450, new Latency(1, 1, 1, 3, null, 1.1, 3.9, 16, 2, "too wide"));

        assertThat(best(unmeasured, wide, of("fast", 500, 0.93, 3))).isEqualTo("unmeasured");
        assertThat(best(wide, of("faster", 500, 0.93, 9))).isEqualTo("wide");
        assertThat(best(wide, of("slower", 440, 0.93, 0.5))).isEqualTo("slower");
    }

    @Test
    void aTargetIsMetWithinOnePercent() {
        assertThat(choice.misses(of("near", 504, 0.93, 1))).isEmpty();
        assertThat(choice.misses(of("off", 506, 0.93, 1))).containsExactly("MAC ratio 0.5060, allowed 0.5000");
    }

    @Test
    void anAgreementBelowZeroIsFarOutsideTheObjective() {
        assertThat(choice.misses(of("regression", 500, -9.7, 1)))
                .containsExactly("top1 falls by 10.6300, allowed 0.0100");
    }

    @Test
    void muchLessThanAskedIsSaid() {
        assertThat(choice.overshoot(of("half", 480, 0.93, 1))).isEmpty();
        assertThat(choice.overshoot(of("fifth", 188, 0.93, 1)))
                .contains("fifth has 0.188 of the MACs where 0.500 were asked");
    }

    @Test
    void whatWasNotMeasuredIsNoSuccess() {
        Choice fast =
                new Choice(new Objective("top1", 0.01, null, null, null, 1.5), RestAnswers.figures(1000, 0.93, 1));

        assertThat(fast.misses(with("none", 400, null))).containsExactly("the speed-up was not measured");
        assertThat(fast.misses(with("wide", 400, new Latency(1, 1, 1, 3, null, 1.1, 3.9, 16, 2, "1.1x to 3.9x"))))
                .containsExactly("the speed-up is not measurable here: 1.1x to 3.9x");
        assertThat(fast.misses(with("sure", 400, new Latency(1, 1, 1, 3, null, 1.6, 3.9, 16, 2, "1.6x to 3.9x"))))
                .isEmpty();
        Choice other =
                new Choice(new Objective("auc", 0.01, null, null, null, null), RestAnswers.figures(1000, 0.93, 1));
        assertThat(other.misses(of("any", 500, 0.93, 1))).containsExactly("auc was not measured");
    }

    private static Candidate with(String id, long macs, Latency latency) {
        return with(of(id, macs, 0.93, 1), latency);
    }

    private static Candidate with(Candidate c, Latency latency) {
        Evaluation figures = c.evaluation();
        return Candidates.evaluated(
                c,
                new Evaluation(
                        figures.metrics(),
                        figures.macs(),
                        figures.parameters(),
                        figures.bytes(),
                        latency,
                        Map.of(),
                        List.of()));
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
                RestAnswers.figures(macs, top1, speedUp),
                Standing.EVALUATED,
                null,
                List.of());
    }
}
