package io.millrace.orchestrator.process;

import io.millrace.contracts.job.JobSpec.Keep;
import io.millrace.contracts.job.JobSpec.Round;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/** What happens when all candidates of a round have figures: some are kept, or the round is tried again. */
final class RoundEnd {
    private static final int MAX_STEPS_BACK = 2;

    private final RecipeWalk walk;

    RoundEnd(RecipeWalk walk) {
        this.walk = walk;
    }

    void close(Draft job) {
        Choice choice = new Choice(job.spec.objective(), job.original);
        List<Candidate> pool = pool(job);
        List<Candidate> within = pool.stream()
                .filter(candidate -> faultOf(job, choice, candidate) == null)
                .toList();
        if (within.isEmpty() && pool.isEmpty()) {
            nothingMade(job);
        } else if (within.isEmpty() && mayStepBack(job)) {
            stepBack(job, choice, pool);
        } else {
            keep(job, choice, pool, within);
        }
    }

    /** Those of this round with figures, and those that went through it unchanged. */
    private static List<Candidate> pool(Draft job) {
        return Stream.concat(
                        job.passed.stream().map(job::candidate).filter(Objects::nonNull),
                        job.candidates().stream()
                                .filter(candidate ->
                                        candidate.round() == job.round && candidate.state() == Standing.EVALUATED))
                .toList();
    }

    /** Every attempt failed, or the method found nothing to do. What came in may go on if it is worth it. */
    private void nothingMade(Draft job) {
        List<String> on = job.inputs.stream()
                .filter(input -> !input.equals(JobState.ORIGINAL) || job.passed.contains(input))
                .toList();
        if (on.isEmpty()) {
            walk.fail(job, Ending.whyNothing(job));
        } else {
            next(job, on);
        }
    }

    private static boolean mayStepBack(Draft job) {
        return job.stepsBack < MAX_STEPS_BACK && Ratios.in(job.currentRound().step());
    }

    private void stepBack(Draft job, Choice choice, List<Candidate> pool) {
        for (Candidate candidate : pool) {
            if (candidate.round() == job.round) {
                String why = faultOf(job, choice, candidate) + "; tried again with a milder ratio";
                job.stand(candidate.id(), Standing.DROPPED, why);
            }
        }
        job.stepsBack++;
        job.passed.clear();
        walk.begin(job);
    }

    private void keep(Draft job, Choice choice, List<Candidate> pool, List<Candidate> within) {
        List<Candidate> eligible = within;
        String note = null;
        if (within.isEmpty()) {
            eligible = choice.top(pool).stream().toList();
            note = "nearest of those outside what is allowed: ";
        }
        List<Candidate> ordered = compressesLater(job) ? choice.byMetric(eligible) : choice.byObjective(eligible);
        Integer top = job.currentRound().keep().top();
        List<Candidate> kept = top == null ? ordered : ordered.subList(0, Math.min(top, ordered.size()));
        for (Candidate candidate : pool) {
            String fault = faultOf(job, choice, candidate);
            if (kept.contains(candidate)) {
                job.stand(candidate.id(), Standing.KEPT, note == null ? null : note + fault);
            } else {
                job.stand(candidate.id(), Standing.DROPPED, fault != null ? fault : top + " better kept");
            }
        }
        List<String> inputs = new ArrayList<>(kept.stream().map(Candidate::id).toList());
        if (inputs.isEmpty()) {
            inputs.addAll(job.passed);
        }
        next(job, inputs);
    }

    /** What keeps a candidate from surviving the round, in words; {@code null} if nothing does. */
    private static String faultOf(Draft job, Choice choice, Candidate candidate) {
        Keep keep = job.currentRound().keep();
        double drop = choice.drop(candidate);
        String metric = job.spec.objective().metric();
        if (Double.isInfinite(drop)) {
            return metric + " was not measured";
        }
        if (keep.within() != null && drop > keep.within() + 1e-9) {
            return String.format(Locale.ROOT, "%s %.4f below the original, allowed %.4f", metric, drop, keep.within());
        }
        double below = dropFromParent(job, choice, candidate);
        if (keep.maxDrop() != null && candidate.round() == job.round && below > keep.maxDrop() + 1e-9) {
            return String.format(Locale.ROOT, "%s %.4f below its parent, allowed %.4f", metric, below, keep.maxDrop());
        }
        return null;
    }

    static double dropFromParent(Draft job, Choice choice, Candidate candidate) {
        Candidate parent = candidate.parent() == null ? null : job.candidate(candidate.parent());
        return choice.drop(parent == null ? job.original : parent.evaluation(), candidate);
    }

    private static boolean compressesLater(Draft job) {
        return job.spec.recipe().subList(job.round, job.spec.recipe().size()).stream()
                .anyMatch(round -> round.step().kind().equals("compress"));
    }

    private void next(Draft job, List<String> inputs) {
        if (job.round == job.spec.recipe().size()) {
            Ending.end(job, walk);
            return;
        }
        List<String> from = new ArrayList<>(inputs);
        Round following = job.spec.recipe().get(job.round);
        if (following.step().kind().equals("quantize")) {
            Ending.bestUnquantized(job)
                    .map(Candidate::id)
                    .filter(best -> !from.contains(best) && !quantized(job, from))
                    .ifPresent(from::add);
        }
        job.inputs = List.copyOf(from);
        job.passed.clear();
        job.stepsBack = 0;
        job.round++;
        walk.begin(job);
    }

    private static boolean quantized(Draft job, List<String> ids) {
        return ids.stream().map(job::candidate).anyMatch(candidate -> candidate != null && candidate.quantized());
    }
}
