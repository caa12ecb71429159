package io.millrace.orchestrator.process;

import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The end of a recipe: one candidate is chosen, and one of its quantized children. */
final class Ending {
    private static final int NAMED_FAILURES = 10;

    private Ending() {}

    static void end(Draft job, RecipeWalk walk) {
        Choice choice = new Choice(job.spec.objective(), job.original);
        Optional<Candidate> chosen = bestUnquantized(job);
        List<Candidate> quantized = measured(job)
                .filter(Candidate::quantized)
                .filter(candidate -> chosen.isEmpty()
                        || descends(job, candidate, chosen.get().id()))
                .toList();
        Optional<Candidate> chosenQuantized = bestQuantized(job, choice, quantized, chosen.isPresent());
        if (chosen.isEmpty() && chosenQuantized.isEmpty()) {
            walk.fail(job, whyNothing(job));
            return;
        }
        List<String> shortcomings = new ArrayList<>();
        List<String> remarks = new ArrayList<>();
        chosen.ifPresent(candidate -> {
            shortcomings.addAll(choice.misses(candidate));
            choice.overshoot(candidate).ifPresent(remarks::add);
            job.chosen = candidate.id();
            select(job, choice, candidate);
        });
        chosenQuantized.ifPresent(candidate -> {
            shortcomings.addAll(chosen.isEmpty() ? choice.misses(candidate) : quantizedMisses(job, choice, candidate));
            if (slower(job, candidate)) {
                (wantsSize(job) ? remarks : shortcomings).add(slowness(job, candidate) + ": of use for its size only");
            }
            job.chosenQuantized = candidate.id();
            select(job, choice, candidate);
        });
        if (chosenQuantized.isEmpty() && !quantized.isEmpty()) {
            remarks.add("no quantized model is delivered: "
                    + quantized.stream().map(c -> slowness(job, c)).collect(Collectors.joining("; ")));
        } else if (chosenQuantized.isEmpty() && quantizes(job)) {
            shortcomings.add("no quantized model: " + failures(job));
        }
        remarks.addAll(emptyRounds(job));
        complete(job, shortcomings, remarks);
    }

    /** Rounds of the recipe that compressed nothing, each in words. */
    private static List<String> emptyRounds(Draft job) {
        List<String> words = new ArrayList<>();
        for (int round = 1; round <= job.spec.recipe().size(); round++) {
            int number = round;
            JobSpec.Step step = job.spec.recipe().get(round - 1).step();
            if (step.kind().equals("compress")
                    && job.candidates().stream().noneMatch(candidate -> candidate.round() == number)) {
                String method = RecipeWalk.method(step);
                String why = job.failedTasks().stream()
                        .filter(task -> task.label().startsWith(method + " of "))
                        .map(TaskStatus::failure)
                        .distinct()
                        .collect(Collectors.joining("; "));
                words.add(method + " made no model: " + (why.isEmpty() ? "what came in was small enough" : why));
            }
        }
        return words;
    }

    /** What a candidate is, from the first step to the last: {@code spatial-svd 0.65 > channel-pruning 0.7}. */
    private static String lineage(Draft job, String id) {
        List<String> labels = new ArrayList<>();
        for (Candidate at = job.candidate(id);
                at != null;
                at = at.parent() == null ? null : job.candidate(at.parent())) {
            labels.add(0, at.label());
        }
        return id + " (" + String.join(" > ", labels) + ")";
    }

    /** The best so far of those that are not quantized. */
    static Optional<Candidate> bestUnquantized(Draft job) {
        Choice choice = new Choice(job.spec.objective(), job.original);
        return choice.best(
                measured(job).filter(candidate -> !candidate.quantized()).toList());
    }

    /** Why a job ends without a candidate. */
    static String whyNothing(Draft job) {
        String reasons = failures(job);
        return reasons.isEmpty() ? "no candidate could be made" : "no candidate is left: " + reasons;
    }

    private static void complete(Draft job, List<String> shortcomings, List<String> remarks) {
        boolean met = shortcomings.isEmpty();
        String best = lineage(job, job.chosen != null ? job.chosen : job.chosenQuantized);
        String reason = met
                ? best + " meets the objective"
                : best + " is the best there is, but: " + String.join("; ", shortcomings);
        reason = Stream.concat(Stream.of(reason), remarks.stream()).collect(Collectors.joining("; "));
        String said =
                Stream.concat(Stream.of(reason), job.original.notes().stream()).collect(Collectors.joining(". Note: "));
        job.end(Phase.COMPLETED, said, met);
        job.announce(new JobEvent.Completed(job.jobId(), met, said, job.chosen, job.chosenQuantized));
    }

    /**
     * One that is slower than the model it was made of is delivered only where size is asked for, or where there is
     * nothing else to deliver.
     */
    private static Optional<Candidate> bestQuantized(
            Draft job, Choice choice, List<Candidate> quantized, boolean hasParent) {
        List<Candidate> gaining =
                quantized.stream().filter(candidate -> !slower(job, candidate)).toList();
        if (!hasParent) {
            return choice.best(gaining.isEmpty() ? quantized : gaining);
        }
        List<Candidate> worthwhile = wantsSize(job) ? quantized : gaining;
        List<Candidate> near = worthwhile.stream()
                .filter(candidate -> quantizedMisses(job, choice, candidate).isEmpty())
                .toList();
        return choice.top(near.isEmpty() ? worthwhile : near);
    }

    private static boolean wantsSize(Draft job) {
        return job.spec.objective().sizeRatio() != null;
    }

    /** Whether a quantized candidate takes longer than the model it was made of, beyond the intervals. */
    private static boolean slower(Draft job, Candidate quantized) {
        Evaluation.Latency its = quantized.evaluation().latency();
        Candidate parent = quantized.parent() == null ? null : job.candidate(quantized.parent());
        if (its == null) {
            return false;
        }
        if (parent == null) {
            return its.measured() && its.speedUpHigh() < 1;
        }
        Evaluation.Latency parents =
                parent.evaluation() == null ? null : parent.evaluation().latency();
        return parents != null && parents.clearlyFasterThan(its);
    }

    private static String slowness(Draft job, Candidate quantized) {
        Candidate parent = quantized.parent() == null ? null : job.candidate(quantized.parent());
        return quantized.id() + " is slower here than "
                + (parent == null ? "the original" : parent.id() + ", of which it was made") + " ("
                + quantized.evaluation().latency().speed() + " against "
                + (parent == null ? "1" : parent.evaluation().latency().speed()) + ")";
    }

    /** Whether it fell further below its parent than its round allows. */
    private static List<String> quantizedMisses(Draft job, Choice choice, Candidate candidate) {
        Double allowed = job.spec.recipe().get(candidate.round() - 1).keep().maxDrop();
        double drop = RoundEnd.dropFromParent(job, choice, candidate);
        return allowed == null || drop <= allowed + 1e-9
                ? List.of()
                : List.of(String.format(
                        Locale.ROOT,
                        "quantization lowers %s by %.4f, allowed %.4f",
                        job.spec.objective().metric(),
                        drop,
                        allowed));
    }

    private static void select(Draft job, Choice choice, Candidate candidate) {
        List<String> misses = new ArrayList<>(choice.misses(candidate));
        if (candidate.quantized() && slower(job, candidate) && !wantsSize(job)) {
            misses.add(slowness(job, candidate));
        }
        String why = candidate.quantized() && job.chosen != null
                ? "best quantized form of " + job.chosen
                : misses.isEmpty()
                        ? "best that meets the objective"
                        : "nearest to the objective: " + String.join("; ", misses);
        job.stand(candidate.id(), Standing.CHOSEN, why);
        job.announce(new JobEvent.CandidateSelected(job.jobId(), job.candidate(candidate.id())));
    }

    private static boolean quantizes(Draft job) {
        return job.spec.recipe().stream().anyMatch(round -> round.step().kind().equals("quantize"));
    }

    private static Stream<Candidate> measured(Draft job) {
        return job.candidates().stream().filter(candidate -> candidate.evaluation() != null);
    }

    private static boolean descends(Draft job, Candidate candidate, String ancestor) {
        for (Candidate at = candidate; at != null; at = at.parent() == null ? null : job.candidate(at.parent())) {
            if (ancestor.equals(at.parent())) {
                return true;
            }
        }
        return false;
    }

    private static String failures(Draft job) {
        List<String> all = Stream.concat(
                        job.failedTasks().stream().map(Ending::failure),
                        job.candidates().stream()
                                .filter(candidate -> candidate.state() == Standing.DROPPED
                                        && candidate.evaluation() == null
                                        && candidate.reason() != null)
                                .map(candidate -> candidate.id() + ": " + candidate.reason()))
                .distinct()
                .toList();
        String some = all.stream().limit(NAMED_FAILURES).collect(Collectors.joining("; "));
        return all.size() <= NAMED_FAILURES ? some : some + "; and " + (all.size() - NAMED_FAILURES) + " more";
    }

    private static String failure(TaskStatus task) {
        return task.label() + ": " + task.failure();
    }
}
