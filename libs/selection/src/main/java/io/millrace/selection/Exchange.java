package io.millrace.selection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** Improves a selection by changing one part or two at a time, as long as that helps. Options are changed in place. */
final class Exchange {
    private static final int MOST_ROUNDS = 200;
    private static final int VERIFIED = 64;
    private static final double NOTICED = 1e-9;

    private final Parts parts;

    Exchange(Parts parts) {
        this.parts = parts;
    }

    /** Lets parts take milder options as long as the limits hold: first where that helps most, then where it costs most. */
    void giveBack(int[] options, Limits limits) {
        boolean more = limits.hold(parts.cost(options));
        while (more) {
            more = false;
            int bestPart = 0;
            int bestOption = 0;
            double bestGain = 0;
            double bestUse = limits.use(parts.cost(options));
            for (int part = 0; part < options.length; part++) {
                for (int option = 0; option < options[part]; option++) {
                    double gain = parts.losses()[part][options[part]] - parts.losses()[part][option];
                    Cost then = parts.cost(Parts.with(options, part, option));
                    if (limits.hold(then) && (gain > bestGain || gain == bestGain && limits.use(then) > bestUse)) {
                        more = true;
                        bestPart = part;
                        bestOption = option;
                        bestGain = gain;
                        bestUse = limits.use(then);
                    }
                }
            }
            if (more) {
                options[bestPart] = bestOption;
            }
        }
    }

    /** Lowers the loss within the limits. */
    void lessLoss(int[] options, Limits limits) {
        improve(options, new Goal(limits::hold, Double.POSITIVE_INFINITY, false));
    }

    /**
     * Lowers the time.
     *
     * @param allowed what must stay true of the cost
     * @param mostLoss of all parts together
     */
    void lessTime(int[] options, Predicate<Cost> allowed, double mostLoss) {
        improve(options, new Goal(allowed, mostLoss, true));
    }

    /** What is to become less, loss or time, and what must not be left for it. */
    private record Goal(Predicate<Cost> allowed, double mostLoss, boolean time) {
        double value(double loss, Cost cost) {
            return time ? cost.of(Measure.TIME) : loss;
        }
    }

    /** A part that takes another option. */
    private record Change(int part, int option, double loss, Cost cost) {}

    /** Changes of one part or of two at a time, and what they are expected to gain together. */
    private record Move(List<Change> changes, double gain) {
        int[] of(int[] options) {
            int[] moved = options.clone();
            changes.forEach(change -> moved[change.part] = change.option);
            return moved;
        }
    }

    private void improve(int[] options, Goal goal) {
        boolean better = true;
        for (int round = 0; round < MOST_ROUNDS && better; round++) {
            double now = goal.value(parts.loss(options), parts.cost(options));
            better = false;
            for (Move move : promising(options, goal)) {
                int[] then = move.of(options);
                Cost cost = parts.cost(then);
                double loss = parts.loss(then);
                if (goal.allowed.test(cost)
                        && loss <= goal.mostLoss
                        && goal.value(loss, cost) < now - NOTICED * Math.abs(now)) {
                    System.arraycopy(then, 0, options, 0, options.length);
                    better = true;
                    break;
                }
            }
        }
    }

    /** The moves that promise most, the best first: costs of two parts are taken to add up, which is checked later. */
    private List<Move> promising(int[] options, Goal goal) {
        Cost now = parts.cost(options);
        double loss = parts.loss(options);
        List<Change> changes = changes(options, now);
        Comparator<Move> byGain = Comparator.comparingDouble(Move::gain);
        PriorityQueue<Move> best = new PriorityQueue<>(byGain);
        Change none = new Change(-1, 0, 0, now.minus(now));
        for (int i = 0; i < changes.size(); i++) {
            Change one = changes.get(i);
            for (int j = i; j < changes.size(); j++) {
                Change other = j == i ? none : changes.get(j);
                if (other.part == one.part) {
                    continue;
                }
                double change = one.loss + other.loss;
                double gain = -goal.value(change, one.cost.plus(other.cost));
                boolean full = best.size() == VERIFIED;
                if (gain > 0
                        && loss + change <= goal.mostLoss
                        && (!full || gain > best.peek().gain)
                        && goal.allowed.test(now.plus(one.cost).plus(other.cost))) {
                    if (full) {
                        best.poll();
                    }
                    best.add(new Move(other == none ? List.of(one) : List.of(one, other), gain));
                }
            }
        }
        return best.stream().sorted(byGain.reversed()).toList();
    }

    private List<Change> changes(int[] options, Cost now) {
        List<Change> changes = new ArrayList<>();
        for (int part = 0; part < options.length; part++) {
            double[] curve = parts.losses()[part];
            for (int option = 0; option < curve.length; option++) {
                if (option != options[part]) {
                    Cost then = parts.cost(Parts.with(options, part, option));
                    changes.add(new Change(part, option, curve[option] - curve[options[part]], then.minus(now)));
                }
            }
        }
        return changes;
    }
}
