package io.millrace.pruning;

import static io.millrace.worker.TaskParameters.require;

import io.millrace.onnx.cost.Alignment;
import io.millrace.selection.Allocation.Strategy;
import java.math.BigDecimal;
import java.util.List;

/**
 * What a {@code compress} task of this service is asked for.
 *
 * @param method {@code channel-pruning}
 * @param macRatio wanted cost of the whole model / its cost now; from 1 on nothing is pruned
 * @param criterion which channels go first: {@code l1}, {@code l2}, {@code bn-scale}, {@code geometric-median} or
 *     {@code random}
 * @param reconstruct whether the layers that read pruned channels are fitted to the original's outputs
 * @param align {@code runtime}: counts on which the runtime is fast; a number: multiples of it; 1: any
 * @param allocation how the loss is spread over the groups: {@code lagrange} (least sum of losses) or {@code greedy} (one
 *     threshold for all, as AIMET)
 * @param candidates counts tried for each group, at most
 * @param samples calibration samples by which a candidate is scored
 * @param reconstructionSamples calibration samples the layers are fitted to
 * @param groupsPerTask groups measured by one part of the work, at most
 */
public record PruningParameters(
        String method,
        BigDecimal macRatio,
        String criterion,
        Boolean reconstruct,
        String align,
        String allocation,
        Integer candidates,
        Integer samples,
        Integer reconstructionSamples,
        Integer groupsPerTask) {

    public PruningParameters {
        method = method == null ? "channel-pruning" : method;
        macRatio = macRatio == null ? new BigDecimal("0.7") : macRatio;
        criterion = criterion == null ? "l2" : criterion;
        reconstruct = reconstruct == null || reconstruct;
        align = align == null ? "runtime" : align;
        allocation = allocation == null ? "lagrange" : allocation;
        candidates = candidates == null ? 10 : candidates;
        samples = samples == null ? 256 : samples;
        reconstructionSamples = reconstructionSamples == null ? 512 : reconstructionSamples;
        groupsPerTask = groupsPerTask == null ? 8 : groupsPerTask;
        require(method.equals("channel-pruning"), "method must be \"channel-pruning\", not \"" + method + "\"");
        require(macRatio.signum() > 0, "mac-ratio must be above 0, not " + macRatio);
        Criterion.named(criterion);
        require(
                List.of("lagrange", "greedy").contains(allocation),
                "allocation must be \"lagrange\" or \"greedy\", not \"" + allocation + "\"");
        require(candidates > 0 && candidates <= 1000, "candidates must be from 1 to 1000, not " + candidates);
        require(samples > 0, "samples must be at least 1, not " + samples);
        require(reconstructionSamples > 0, "reconstruction-samples must be at least 1, not " + reconstructionSamples);
        require(groupsPerTask > 0, "groups-per-task must be at least 1, not " + groupsPerTask);
        Alignment.parse(align);
    }

    /** What decides the options of a group. */
    PruningPlan.Grid grid() {
        return new PruningPlan.Grid(Criterion.named(criterion), Alignment.parse(align), candidates);
    }

    Strategy strategy() {
        return allocation.equals("greedy") ? Strategy.GREEDY : Strategy.LAGRANGE;
    }
}
