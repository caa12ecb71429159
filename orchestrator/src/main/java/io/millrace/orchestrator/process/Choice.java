package io.millrace.orchestrator.process;

import io.millrace.contracts.job.JobSpec.Objective;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.task.Evaluation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Compares candidates with the original and with each other. */
final class Choice {
    /** Metrics nearer to each other than this are a tie: time decides. */
    static final double TIE = 0.002;

    private static final double ROUNDING = 1e-9;

    private final Objective objective;
    private final Evaluation original;

    Choice(Objective objective, Evaluation original) {
        this.objective = objective;
        this.original = original;
    }

    /** The metric; below every number if it was not measured. */
    double metric(Evaluation evaluation) {
        Double value = evaluation == null ? null : evaluation.metrics().get(objective.metric());
        return value == null || value.isNaN() ? Double.NEGATIVE_INFINITY : value;
    }

    /** How far the metric falls below the original's; negative if it rises. */
    double drop(Candidate candidate) {
        return metric(original) - metric(candidate.evaluation());
    }

    static double macRatio(Candidate candidate, Evaluation original) {
        return ratio(candidate.evaluation().macs(), original.macs());
    }

    boolean meets(Candidate candidate) {
        return misses(candidate).isEmpty();
    }

    /** What a candidate lacks to meet the objective, each in words; empty if it does. */
    List<String> misses(Candidate candidate) {
        return criteria(candidate).stream()
                .filter(criterion -> criterion.excess > ROUNDING)
                .map(Criterion::words)
                .toList();
    }

    /** The best: one that meets the objective if there is one, else the nearest to it. */
    Optional<Candidate> best(Collection<Candidate> candidates) {
        List<Candidate> meeting = candidates.stream().filter(this::meets).toList();
        return meeting.isEmpty() ? candidates.stream().min(Comparator.comparingDouble(this::shortfall)) : top(meeting);
    }

    /** Best first, as {@link #best} sees it: for a round after which nothing is made smaller any more. */
    List<Candidate> byObjective(Collection<Candidate> candidates) {
        return ordered(candidates, this::best);
    }

    /** Best metric first: for a round whose candidates are made smaller by a later one. */
    List<Candidate> byMetric(Collection<Candidate> candidates) {
        return ordered(candidates, this::top);
    }

    /** The best metric, and where metrics tie, the fastest. */
    Optional<Candidate> top(Collection<Candidate> candidates) {
        double best = candidates.stream()
                .mapToDouble(candidate -> metric(candidate.evaluation()))
                .max()
                .orElse(0);
        return candidates.stream()
                .filter(candidate -> metric(candidate.evaluation()) >= best - TIE - ROUNDING)
                .max(Comparator.comparingDouble(Choice::speedUp)
                        .thenComparing(candidate -> metric(candidate.evaluation()))
                        .thenComparing(candidate -> -candidate.evaluation().macs()));
    }

    /** 0 for one that meets the objective; 1 for one that misses one criterion by as much as that allows. */
    private double shortfall(Candidate candidate) {
        return criteria(candidate).stream()
                .mapToDouble(criterion -> Math.max(0, criterion.excess))
                .sum();
    }

    private List<Criterion> criteria(Candidate candidate) {
        Evaluation figures = candidate.evaluation();
        List<Criterion> criteria = new ArrayList<>();
        double drop = drop(candidate);
        criteria.add(new Criterion(
                (drop - objective.maxDrop()) / Math.max(objective.maxDrop(), 0.01),
                String.format(
                        Locale.ROOT, "%s falls by %.4f, allowed %.4f", objective.metric(), drop, objective.maxDrop())));
        atMost(criteria, "MAC ratio", ratio(figures.macs(), original.macs()), objective.macRatio());
        atMost(
                criteria,
                "parameter ratio",
                ratio(figures.parameters(), original.parameters()),
                objective.parameterRatio());
        atMost(criteria, "size ratio", ratio(figures.bytes(), original.bytes()), objective.sizeRatio());
        if (objective.speedUp() != null) {
            criteria.add(new Criterion(
                    objective.speedUp() / speedUp(candidate) - 1,
                    String.format(Locale.ROOT, "speed-up %.2f, asked %.2f", speedUp(candidate), objective.speedUp())));
        }
        return criteria;
    }

    private static void atMost(List<Criterion> criteria, String name, double value, Double allowed) {
        if (allowed != null) {
            criteria.add(new Criterion(
                    value / allowed - 1, String.format(Locale.ROOT, "%s %.4f, allowed %.4f", name, value, allowed)));
        }
    }

    private static double speedUp(Candidate candidate) {
        Evaluation.Latency latency = candidate.evaluation().latency();
        return latency == null ? 1 : latency.speedUp();
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 1 : (double) part / whole;
    }

    private static List<Candidate> ordered(
            Collection<Candidate> candidates, java.util.function.Function<List<Candidate>, Optional<Candidate>> pick) {
        List<Candidate> left = new ArrayList<>(candidates);
        List<Candidate> ordered = new ArrayList<>();
        while (!left.isEmpty()) {
            Candidate next = pick.apply(left).orElseThrow();
            ordered.add(next);
            left.remove(next);
        }
        return ordered;
    }

    /** @param excess how far beyond what is allowed, relative to that; at most 0 where it is met */
    private record Criterion(double excess, String words) {}
}
