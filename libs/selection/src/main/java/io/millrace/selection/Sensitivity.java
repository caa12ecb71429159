package io.millrace.selection;

import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.selection.Allocation.Curve;
import java.util.List;

/**
 * What compressing one part of a network alone costs the network's answer.
 *
 * @param part its key: the same in every process, and told from all other parts of the model
 * @param losses mean divergence of the outputs from the network's own, by option from the mildest to the harshest; 0 for
 *     none, infinite where the answer is destroyed, NaN where no output that can be compared depends on the part
 * @param agreements share of samples whose largest output stayed the same, by option; empty if nothing was measured
 */
public record Sensitivity(String part, List<Double> losses, List<Double> agreements) {

    public Sensitivity {
        losses = List.copyOf(losses);
        agreements = List.copyOf(agreements);
    }

    /** @param divergences by option, from the mildest to the harshest */
    public static Sensitivity of(String part, List<OutputDivergence> divergences) {
        return new Sensitivity(
                part,
                divergences.stream()
                        .map(divergence -> divergence.measured() ? divergence.loss() : Double.NaN)
                        .toList(),
                divergences.stream()
                        .map(divergence -> divergence.measured() ? divergence.agreement() : Double.NaN)
                        .toList());
    }

    /** @param name to show to people */
    Curve curve(String name) {
        double[] curve = new double[losses.size() + 1];
        for (int i = 1; i < curve.length; i++) {
            curve[i] = losses.get(i - 1);
        }
        return new Curve(name, curve);
    }
}
