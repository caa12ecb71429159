package io.millrace.orchestrator.process;

import io.millrace.contracts.job.JobSpec.Objective;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.task.Evaluation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Compares candidates with the original and with each other. */
final class Choice {
    /** Metrics nearer to each other than this are a tie: time decides. */
    static final double TIE = 0.002;

    private static final double ROUNDING = 1e-9;

    /** A ratio or a speed-up that misses its target by less than this share of it has met it. */
    private static final double NEAR = 0.01;

    /** A ratio below its target by more than this share of it is worth a word. */
    private static final double FAR = 0.1;

    /**
     * A time decides only where the intervals lie apart by this share. They bound what noise does within a measurement;
     * another measurement, minutes later, may lie anywhere in them, and must not choose another candidate.
     */
    private static final double TIME_TIE = 0.1;

    /** What decides where metric and time do not; of figures that are the same whenever they are measured. */
    private static final Comparator<Candidate> SMALLEST = Comparator.comparing(
                    (Candidate c) -> c.evaluation().macs(), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparingLong(c -> c.evaluation().bytes())
            .thenComparingLong(c -> c.evaluation().parameters())
            .thenComparing(Comparator.comparingInt(Candidate::round).reversed())
            // Ids follow the order in which tasks ended: what a candidate is made of comes first.
            .thenComparing(Candidate::label, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(
                    c -> c.model() == null ? null : c.model().sha256(), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Candidate::id);

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

    /** How far the metric falls below the original's; negative if it rises, infinite if either was not measured. */
    double drop(Candidate candidate) {
        return drop(original, candidate);
    }

    /** As {@link #drop(Candidate)}, below other figures than the original's. */
    double drop(Evaluation from, Candidate candidate) {
        double before = metric(from);
        double after = metric(candidate.evaluation());
        return Double.isFinite(before) && Double.isFinite(after) ? before - after : Double.POSITIVE_INFINITY;
    }

    /** MACs as part of the original's; empty where either's are not counted. */
    static OptionalDouble macRatio(Candidate candidate, Evaluation original) {
        Long macs = candidate.evaluation().macs();
        return macs == null || original.macs() == null || original.macs() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of((double) macs / original.macs());
    }

    /** What a candidate has reached, by the targets' names; what was not measured is left out. */
    static Map<String, Double> reached(Candidate candidate, Evaluation original) {
        Evaluation figures = candidate.evaluation();
        Map<String, Double> reached = new HashMap<>();
        macRatio(candidate, original).ifPresent(ratio -> reached.put("mac-ratio", ratio));
        reached.put("parameter-ratio", (double) figures.parameters() / Math.max(1, original.parameters()));
        reached.put("size-ratio", (double) figures.bytes() / Math.max(1, original.bytes()));
        if (figures.latency() != null && figures.latency().speedUpLow() != null) {
            reached.put("speed-up", middle(figures.latency()));
        }
        return reached;
    }

    boolean meets(Candidate candidate) {
        return misses(candidate).isEmpty();
    }

    /** What a candidate lacks to meet the objective, each in words; empty if it does. */
    List<String> misses(Candidate candidate) {
        return criteria(candidate, Choice::middle).stream()
                .filter(criterion -> criterion.excess > ROUNDING)
                .map(Criterion::words)
                .toList();
    }

    /** Where a candidate was made much smaller than was asked, in words: it may have lost more than it had to. */
    Optional<String> overshoot(Candidate candidate) {
        Double asked = objective.macRatio();
        OptionalDouble ratio = macRatio(candidate, original);
        return asked != null && ratio.isPresent() && ratio.getAsDouble() < asked * (1 - FAR)
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "%s has %.3f of the MACs where %.3f were asked",
                        candidate.id(),
                        ratio.getAsDouble(),
                        asked))
                : Optional.empty();
    }

    /** The best: one that meets the objective if there is one, else the nearest to it. */
    Optional<Candidate> best(Collection<Candidate> candidates) {
        List<Candidate> meeting = candidates.stream().filter(this::meets).toList();
        return meeting.isEmpty() ? nearest(candidates) : top(meeting);
    }

    /** Misses the objective by least; where a time is missed, as {@link #faster} compares times. */
    private Optional<Candidate> nearest(Collection<Candidate> candidates) {
        double least = candidates.stream()
                .mapToDouble(candidate -> shortfall(candidate, Evaluation.Latency::speedUpLow))
                .min()
                .orElse(0);
        double tie = objective.speedUp() == null ? ROUNDING : TIME_TIE;
        return candidates.stream()
                .filter(candidate ->
                        1 + shortfall(candidate, Evaluation.Latency::speedUpHigh) <= (1 + least) * (1 + tie))
                .min(SMALLEST);
    }

    /** Best first, as {@link #best} sees it: for a round after which nothing is made smaller any more. */
    List<Candidate> byObjective(Collection<Candidate> candidates) {
        return ordered(candidates, this::best);
    }

    /** Best metric first: for a round whose candidates are made smaller by a later one. */
    List<Candidate> byMetric(Collection<Candidate> candidates) {
        return ordered(candidates, this::top);
    }

    /**
     * The best metric; where metrics tie the fastest; where times tie the smallest, then the one that went
     * furthest through the recipe. The same whenever the same candidates are measured, in whatever order they were made.
     */
    Optional<Candidate> top(Collection<Candidate> candidates) {
        double best = candidates.stream()
                .mapToDouble(candidate -> metric(candidate.evaluation()))
                .max()
                .orElse(Double.NEGATIVE_INFINITY);
        List<Candidate> good = candidates.stream()
                .filter(candidate -> metric(candidate.evaluation()) >= best - TIE - ROUNDING)
                .toList();
        return good.stream()
                .filter(candidate -> good.stream().noneMatch(other -> faster(other, candidate)))
                .min(SMALLEST);
    }

    /** Whether one is faster whatever a second measurement would say. */
    private static boolean faster(Candidate candidate, Candidate other) {
        Evaluation.Latency its = candidate.evaluation().latency();
        Evaluation.Latency others = other.evaluation().latency();
        return its != null
                && others != null
                && its.measured()
                && others.measured()
                && its.speedUpLow() > others.speedUpHigh() * (1 + TIME_TIE);
    }

    private static double middle(Evaluation.Latency latency) {
        return latency.speedUp() != null ? latency.speedUp() : (latency.speedUpLow() + latency.speedUpHigh()) / 2;
    }

    /** 0 for one that meets the objective; 1 for one that misses one criterion by as much as that allows. */
    private double shortfall(Candidate candidate, ToDoubleFunction<Evaluation.Latency> speedUp) {
        return criteria(candidate, speedUp).stream()
                .mapToDouble(criterion -> Math.max(0, criterion.excess))
                .sum();
    }

    /** @param speedUp of those that the interval allows */
    private List<Criterion> criteria(Candidate candidate, ToDoubleFunction<Evaluation.Latency> speedUp) {
        Evaluation figures = candidate.evaluation();
        List<Criterion> criteria = new ArrayList<>();
        double drop = drop(candidate);
        criteria.add(new Criterion(
                (drop - objective.maxDrop()) / Math.max(objective.maxDrop(), 0.01),
                Double.isFinite(drop)
                        ? String.format(
                                Locale.ROOT,
                                "%s falls by %.4f, allowed %.4f",
                                objective.metric(),
                                drop,
                                objective.maxDrop())
                        : objective.metric() + " was not measured"));
        atMost(criteria, "MAC ratio", figures.macs(), original.macs(), objective.macRatio());
        atMost(criteria, "parameter ratio", figures.parameters(), original.parameters(), objective.parameterRatio());
        atMost(criteria, "size ratio", figures.bytes(), original.bytes(), objective.sizeRatio());
        if (objective.speedUp() != null) {
            criteria.add(fastEnough(figures.latency(), objective.speedUp(), speedUp));
        }
        return criteria;
    }

    private static void atMost(List<Criterion> criteria, String name, Long part, Long whole, Double allowed) {
        if (allowed == null) {
            return;
        }
        if (part == null || whole == null) {
            criteria.add(new Criterion(1, name + " is not known: they are not counted"));
            return;
        }
        if (whole == 0) {
            criteria.add(new Criterion(1, name + " cannot be told: the original's figure is 0"));
            return;
        }
        double value = (double) part / whole;
        criteria.add(new Criterion(
                value / allowed - 1 - NEAR, String.format(Locale.ROOT, "%s %.4f, allowed %.4f", name, value, allowed)));
    }

    private static Criterion fastEnough(
            Evaluation.Latency latency, double asked, ToDoubleFunction<Evaluation.Latency> speedUp) {
        if (latency == null || latency.speedUpLow() == null) {
            return new Criterion(1, "the speed-up was not measured");
        }
        if (latency.speedUp() == null && latency.speedUpLow() < asked && latency.speedUpHigh() >= asked) {
            return new Criterion(1, "the speed-up is not measurable here: " + latency.unmeasured());
        }
        return new Criterion(
                asked / speedUp.applyAsDouble(latency) - 1 - NEAR,
                String.format(Locale.ROOT, "speed-up %s, asked %.2f", latency.speed(), asked));
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
