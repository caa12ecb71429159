package io.millrace.selection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The least sum of losses under any number of limits, for costs that add up: part by part, all selections so far that no
 * other beats in loss and every limited measure are kept (the multiple-choice knapsack by dynamic programming over
 * Pareto-optimal states). Exact as long as no more than 4096 states are left; from there on the costs are told apart by a
 * grid of about as many cells, of which each keeps the state of least loss. Limits always hold exactly; with {@code n}
 * parts the loss is then at most the best that limits tighter by {@code n} cells allow.
 */
final class DynamicProgramme {
    private static final int MOST_STATES = 4096;

    private final Parts parts;

    DynamicProgramme(Parts parts) {
        this.parts = parts;
    }

    /** @param from the state before the part took its option; {@code null} at the start */
    private record State(long[] costs, double loss, State from, int option) {}

    /** {@code null} if no selection holds the limits. */
    int[] select(Limits limits) {
        int count = parts.count();
        long[][][] changes = changes(limits);
        long[][] rest = leastOfTheRest(changes, limits.count());
        Cost start = parts.cost(new int[count]);
        long[] costs = new long[limits.count()];
        Arrays.setAll(costs, i -> limits.amount(start, i));
        List<State> states = List.of(new State(costs, 0, null, 0));
        for (int part = 0; part < count; part++) {
            List<State> next = new ArrayList<>();
            for (State state : states) {
                for (int option = 0; option < changes[part].length; option++) {
                    State then = new State(
                            sum(state.costs, changes[part][option]),
                            state.loss + parts.losses()[part][option],
                            state,
                            option);
                    if (within(sum(then.costs, rest[part + 1]), limits)) {
                        next.add(then);
                    }
                }
            }
            states = unbeaten(onGrid(next));
        }
        return states.stream()
                .filter(state -> within(state.costs, limits))
                .min(Comparator.comparingDouble(State::loss))
                .map(this::options)
                .orElse(null);
    }

    private int[] options(State end) {
        int[] options = new int[parts.count()];
        State state = end;
        for (int part = options.length - 1; part >= 0; part--) {
            options[part] = state.option;
            state = state.from;
        }
        return options;
    }

    /** What each option of each part changes of each limited measure. */
    private long[][][] changes(Limits limits) {
        int[] none = new int[parts.count()];
        Cost start = parts.cost(none);
        long[][][] changes = new long[parts.count()][][];
        for (int part = 0; part < changes.length; part++) {
            changes[part] = new long[parts.losses()[part].length][limits.count()];
            for (int option = 0; option < changes[part].length; option++) {
                Cost change = parts.cost(Parts.with(none, part, option)).minus(start);
                for (int i = 0; i < limits.count(); i++) {
                    changes[part][option][i] = limits.amount(change, i);
                }
            }
        }
        return changes;
    }

    /** By part: the least that it and all after it can change each measure by. */
    private static long[][] leastOfTheRest(long[][][] changes, int measures) {
        long[][] rest = new long[changes.length + 1][measures];
        for (int part = changes.length - 1; part >= 0; part--) {
            for (int i = 0; i < measures; i++) {
                int index = i;
                long least = Arrays.stream(changes[part])
                        .mapToLong(change -> change[index])
                        .min()
                        .orElse(0);
                rest[part][i] = rest[part + 1][i] + least;
            }
        }
        return rest;
    }

    private static boolean within(long[] costs, Limits limits) {
        for (int i = 0; i < costs.length; i++) {
            if (costs[i] > limits.most()[i]) {
                return false;
            }
        }
        return true;
    }

    private static long[] sum(long[] a, long[] b) {
        long[] sum = new long[a.length];
        Arrays.setAll(sum, i -> a[i] + b[i]);
        return sum;
    }

    /** States of which no other has at most the loss and at most every cost. */
    private static List<State> unbeaten(List<State> states) {
        List<State> sorted = new ArrayList<>(states);
        sorted.sort(Comparator.comparingDouble(State::loss).thenComparing(State::costs, Arrays::compare));
        List<State> unbeaten = new ArrayList<>();
        for (State state : sorted) {
            boolean beaten = false;
            for (int i = unbeaten.size() - 1; i >= 0 && !beaten; i--) {
                beaten = noDearer(unbeaten.get(i).costs, state.costs);
            }
            if (!beaten) {
                unbeaten.add(state);
            }
        }
        return unbeaten;
    }

    private static boolean noDearer(long[] a, long[] b) {
        for (int i = 0; i < a.length; i++) {
            if (a[i] > b[i]) {
                return false;
            }
        }
        return true;
    }

    private static List<State> onGrid(List<State> states) {
        if (states.size() <= MOST_STATES) {
            return states;
        }
        int measures = states.get(0).costs.length;
        int cells = (int) Math.floor(Math.pow(MOST_STATES, 1.0 / measures));
        long[] low = new long[measures];
        long[] width = new long[measures];
        for (int i = 0; i < measures; i++) {
            int index = i;
            var all = states.stream().mapToLong(state -> state.costs[index]).summaryStatistics();
            low[i] = all.getMin();
            width[i] = (all.getMax() - all.getMin()) / cells + 1;
        }
        Map<List<Long>, State> best = new HashMap<>();
        for (State state : states) {
            List<Long> cell = new ArrayList<>();
            for (int i = 0; i < measures; i++) {
                cell.add((state.costs[i] - low[i]) / width[i]);
            }
            best.merge(cell, state, (a, b) -> a.loss <= b.loss ? a : b);
        }
        return List.copyOf(best.values());
    }
}
