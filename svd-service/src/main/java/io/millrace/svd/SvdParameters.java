package io.millrace.svd;

import static io.millrace.worker.TaskParameters.require;

import io.millrace.onnx.cost.Alignment;
import io.millrace.selection.Allocation.Strategy;
import io.millrace.svd.split.RankGrid;
import java.math.BigDecimal;
import java.util.List;

/**
 * What a {@code compress} task of this service is asked for.
 *
 * @param method {@code spatial-svd}
 * @param macRatios wanted cost of the whole model / its cost now, one model for each; above 0, below 1
 * @param ranks how ranks are chosen from the measured sensitivity: {@code greedy} (one threshold of loss for all
 *     layers, as AIMET), {@code lagrange} (least sum of losses); or {@code uniform}: one ratio for all layers, unmeasured
 * @param align {@code runtime}: ranks on which the runtime is fast; a number: multiples of it; 1: any
 * @param candidates ranks tried for each layer, at most
 * @param samples calibration samples by which a candidate is scored
 * @param layersPerTask layers measured by one part of the work, at most
 */
public record SvdParameters(
        String method,
        List<BigDecimal> macRatios,
        String ranks,
        String align,
        Integer candidates,
        Integer samples,
        Integer layersPerTask) {

    public SvdParameters {
        method = method == null ? "spatial-svd" : method;
        macRatios = macRatios == null ? List.of(new BigDecimal("0.5")) : List.copyOf(macRatios);
        ranks = ranks == null ? "greedy" : ranks;
        align = align == null ? "runtime" : align;
        candidates = candidates == null ? 10 : candidates;
        samples = samples == null ? 256 : samples;
        layersPerTask = layersPerTask == null ? 8 : layersPerTask;
        require(method.equals("spatial-svd"), "method must be \"spatial-svd\", not \"" + method + "\"");
        require(!macRatios.isEmpty(), "mac-ratios must name at least one ratio");
        for (BigDecimal ratio : macRatios) {
            require(
                    ratio.signum() > 0 && ratio.compareTo(BigDecimal.ONE) < 0,
                    "mac-ratios must lie between 0 and 1, not " + ratio);
        }
        require(
                List.of("greedy", "lagrange", "uniform").contains(ranks),
                "ranks must be \"greedy\", \"lagrange\" or \"uniform\", not \"" + ranks + "\"");
        require(samples > 0, "samples must be at least 1, not " + samples);
        require(layersPerTask > 0, "layers-per-task must be at least 1, not " + layersPerTask);
        new RankGrid(candidates, Alignment.parse(align));
    }

    /** The ranks to try. */
    public RankGrid grid() {
        return new RankGrid(candidates, Alignment.parse(align));
    }

    /** Whether layers are measured, or all get one ratio. */
    boolean measured() {
        return !ranks.equals("uniform");
    }

    /** Unmeasured curves say nothing but how much of a layer goes; one threshold for all is one ratio then. */
    Strategy strategy() {
        return ranks.equals("lagrange") ? Strategy.LAGRANGE : Strategy.GREEDY;
    }
}
