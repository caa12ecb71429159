package io.millrace.compression;

import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.NetworkCost;
import java.util.Set;

/**
 * Costs of which one network was measured as a whole: what all others save is taken to be off by the same factor.
 *
 * @param estimated of the network that was measured
 * @param measured the same network's
 */
record CorrectedCost(NetworkCost cost, Set<Measure> measures, Cost now, Cost estimated, Cost measured)
        implements NetworkCost {
    @Override
    public Cost of(int[] options) {
        Cost corrected = cost.of(options);
        for (Measure measure : measures) {
            long hoped = now.of(measure) - estimated.of(measure);
            if (hoped > 0) {
                double factor = (double) (now.of(measure) - measured.of(measure)) / hoped;
                long saved = now.of(measure) - corrected.of(measure);
                corrected = corrected.with(measure, now.of(measure) - Math.round(factor * saved));
            }
        }
        return corrected;
    }

    @Override
    public boolean addsUp() {
        // Each option is rounded on its own.
        return false;
    }
}
