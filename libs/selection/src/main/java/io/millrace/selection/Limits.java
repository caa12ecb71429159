package io.millrace.selection;

/**
 * The most a network may cost by some measures.
 *
 * @param measures by ordinal
 * @param most by the same index
 */
record Limits(int[] measures, long[] most) {
    private static final Measure[] MEASURES = Measure.values();

    int count() {
        return most.length;
    }

    long amount(Cost cost, int index) {
        return cost.of(MEASURES[measures[index]]);
    }

    boolean hold(Cost cost) {
        for (int i = 0; i < most.length; i++) {
            if (amount(cost, i) > most[i]) {
                return false;
            }
        }
        return true;
    }

    /** What a step saves of what is too much by any measure, each counted in parts of its limit. */
    double saved(Cost from, Cost to) {
        double saved = 0;
        for (int i = 0; i < most.length; i++) {
            long before = amount(from, i);
            if (before > most[i]) {
                saved += (before - amount(to, i)) / (double) Math.max(1, most[i]);
            }
        }
        return saved;
    }

    /** The share of the tightest limit that is used. */
    double use(Cost cost) {
        double use = 0;
        for (int i = 0; i < most.length; i++) {
            use = Math.max(use, amount(cost, i) / (double) Math.max(1, most[i]));
        }
        return use;
    }
}
