package io.millrace.pruning;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelGroup;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Optional;

/**
 * The units of a group by importance.
 *
 * @param criterion what they are ranked by: the one that was asked for, or L2 where that has nothing to tell
 * @param scores by unit
 */
record Ranking(Criterion criterion, double[] scores) {
    /** Scores that differ by less than this share of the largest are equal but for rounding. */
    private static final double ROUNDING = 1e-9;

    /**
     * Ranks the units of a group.
     *
     * @return empty if neither the criterion nor L2 tells them apart: whatever were removed then, chance would decide
     */
    static Optional<Ranking> of(OnnxModel model, ChannelGroup group, Criterion wanted, long seed) {
        for (Criterion criterion : new LinkedHashSet<>(Arrays.asList(wanted, Criterion.L2))) {
            double[] scores = criterion.scores(model, group, seed);
            if (tellApart(scores)) {
                return Optional.of(new Ranking(criterion, scores));
            }
        }
        return Optional.empty();
    }

    private static boolean tellApart(double[] scores) {
        double largest = Arrays.stream(scores).max().orElse(0);
        double smallest = Arrays.stream(scores).min().orElse(0);
        return Arrays.stream(scores).allMatch(Double::isFinite) && largest - smallest > ROUNDING * Math.abs(largest);
    }
}
