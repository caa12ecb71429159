package io.millrace.selection;

import io.millrace.selection.Allocation.Curve;
import java.util.List;

/**
 * What of a network can be made smaller on its own: a layer, a group of channels, a residual block.
 *
 * @param key tells it from all others of the model, the same in every process
 * @param name to show to people
 * @param operator of its first node, for people; empty if there is none
 * @param options the ways to make it smaller, from the mildest to the harshest; at least one
 * @param work of one sample when all options are measured, in multiply-accumulates; decides how measuring is shared
 */
public record NetworkPart(String key, String name, String operator, List<PartOption> options, double work) {
    public NetworkPart {
        options = List.copyOf(options);
        if (options.isEmpty()) {
            throw new IllegalArgumentException("there is no option for " + name);
        }
    }

    /** The share of the part that each option leaves. */
    public List<Double> ratios() {
        return options.stream().map(PartOption::ratio).toList();
    }

    /** What its options lose as far as nobody has measured it: the more of it goes, the worse. */
    public Curve unmeasured() {
        return Curve.ofShares(name, ratios());
    }
}
