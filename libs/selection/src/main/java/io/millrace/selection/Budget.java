package io.millrace.selection;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All that is asked of a network at once; the harshest target counts.
 *
 * @param targets at least one, each of another measure
 */
public record Budget(List<Target> targets) {
    public Budget {
        targets = List.copyOf(targets);
        if (targets.isEmpty()
                || targets.stream().map(Target::measure).distinct().count() < targets.size()) {
            throw new IllegalArgumentException("a budget has one target or several of different measures: " + targets);
        }
    }

    public static Budget of(Target... targets) {
        return new Budget(List.of(targets));
    }

    /** Whether it asks anything of this measure. */
    public boolean limits(Measure measure) {
        return targets.stream().anyMatch(target -> target.measure() == measure);
    }

    /** Whether a network of this cost is as small as was asked for, by every measure. */
    public boolean reachedBy(Cost cost) {
        return targets.stream().allMatch(target -> target.reachedBy(cost.of(target.measure())));
    }

    /** Whether a network of this cost is what was asked for: small enough by all measures, and by one no smaller. */
    public boolean metBy(Cost cost) {
        return reachedBy(cost) && targets.stream().anyMatch(target -> !target.overshotBy(cost.of(target.measure())));
    }

    /** The target that a network of this cost is furthest above, or nearest below. */
    public Target tightest(Cost cost) {
        Target tightest = targets.get(0);
        for (Target target : targets) {
            tightest = use(target, cost) > use(tightest, cost) ? target : tightest;
        }
        return tightest;
    }

    /** The share of what the tightest target allows that a network of this cost uses; at most 1 is within the budget. */
    public double use(Cost cost) {
        return targets.stream().mapToDouble(target -> use(target, cost)).max().orElseThrow();
    }

    private static double use(Target target, Cost cost) {
        return (double) cost.of(target.measure()) / Math.max(1, target.budget());
    }

    /** Within what is asked for, or within what counts as met. */
    Limits limits(boolean ceiling) {
        int[] measures =
                targets.stream().mapToInt(target -> target.measure().ordinal()).toArray();
        long[] most = targets.stream()
                .mapToLong(target -> ceiling ? target.ceiling() : target.budget())
                .toArray();
        return new Limits(measures, most);
    }

    /**
     * Why a network is not what was asked for; empty if it is.
     *
     * @param cost of the network that was made
     * @param next the next larger network that could have been chosen; {@code null} if there is none
     */
    public Optional<String> missedBy(Cost cost, Allocation.Step next) {
        if (metBy(cost)) {
            return Optional.empty();
        }
        if (!reachedBy(cost)) {
            return Optional.of(targets.stream()
                            .filter(target -> !target.reachedBy(cost.of(target.measure())))
                            .map(target -> "%s is out of reach: this model is at %.3f"
                                    .formatted(target.words(), target.reachedAt(cost.of(target.measure()))))
                            .collect(Collectors.joining("; "))
                    + ", with each part at the smallest that was tried");
        }
        Target tightest = tightest(cost);
        String is = "%s is overshot: this model is at %.3f"
                .formatted(tightest.words(), tightest.reachedAt(cost.of(tightest.measure())));
        return Optional.of(
                next == null
                        ? is
                        : is
                                + ", and the next larger one, with %s one step larger, would be at %.3f"
                                        .formatted(
                                                next.part(),
                                                tightest.reachedAt(next.cost().of(tightest.measure()))));
    }

    /** As jobs name it: {@code mac-ratio 0.5, speed-up 2}. */
    public String words() {
        return targets.stream().map(Target::words).collect(Collectors.joining(", "));
    }
}
