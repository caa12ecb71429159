package io.millrace.svd;

import io.millrace.compression.CompressionMethod;
import io.millrace.compression.CompressionPlan;
import io.millrace.compression.CompressionRequest;
import io.millrace.contracts.method.Method;
import io.millrace.contracts.method.Ranks;
import io.millrace.contracts.method.SvdParameters;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Alignment;
import io.millrace.selection.Allocation.Strategy;
import io.millrace.svd.method.Decomposition;
import io.millrace.svd.method.Mix;
import io.millrace.svd.method.RankGrid;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;

/** A decomposition, or several of which each layer takes the one that loses least for what it saves. */
final class DecompositionMethod implements CompressionMethod<SvdParameters> {
    private final Method method;
    private final Mix decompositions;

    DecompositionMethod(Method method, Decomposition... decompositions) {
        this.method = method;
        this.decompositions = new Mix(List.of(decompositions));
    }

    @Override
    public String name() {
        return method.wireName();
    }

    @Override
    public Class<SvdParameters> parameters() {
        return SvdParameters.class;
    }

    /** Unmeasured losses say nothing but how much of a layer goes; one threshold for all is one ratio then. */
    @Override
    public CompressionRequest request(SvdParameters parameters) {
        return new CompressionRequest(
                CompressionRequest.targets(
                        parameters.macRatios(),
                        new BigDecimal("0.5"),
                        CompressionRequest.others(
                                parameters.parameterRatio(), parameters.sizeRatio(), parameters.speedUp())),
                parameters.ranks() == Ranks.LAGRANGE ? Strategy.LAGRANGE : Strategy.GREEDY,
                parameters.ranks() != Ranks.UNIFORM,
                parameters.samples());
    }

    @Override
    public Set<String> afterMeasuring() {
        return Set.of("ranks");
    }

    @Override
    public CompressionPlan plan(OnnxModel model, SvdParameters parameters, long seed) {
        RankGrid grid = new RankGrid(parameters.candidates(), Alignment.parse(parameters.align()));
        return DecompositionPlan.of(model, decompositions, grid, parameters.dataAware() ? parameters.samples() : 0);
    }
}
