package io.millrace.pruning;

import io.millrace.compression.CompressionMethod;
import io.millrace.compression.CompressionPlan;
import io.millrace.compression.CompressionRequest;
import io.millrace.contracts.method.Method;
import io.millrace.contracts.method.PruningParameters;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Alignment;
import io.millrace.onnx.rewrite.Unsharing;
import io.millrace.pruning.PruningPlan.Grid;
import io.millrace.selection.Allocation.Strategy;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;

/** Channel pruning: groups of channels lose some, and the layers behind them are fitted to make up for it. */
public final class ChannelPruningMethod implements CompressionMethod<PruningParameters> {
    @Override
    public String name() {
        return Method.CHANNEL_PRUNING.wireName();
    }

    @Override
    public Class<PruningParameters> parameters() {
        return PruningParameters.class;
    }

    @Override
    public CompressionRequest request(PruningParameters parameters) {
        return new CompressionRequest(
                CompressionRequest.targets(
                        parameters.macRatio() == null ? null : List.of(parameters.macRatio()),
                        new BigDecimal("0.7"),
                        CompressionRequest.others(
                                parameters.parameterRatio(), parameters.sizeRatio(), parameters.speedUp())),
                parameters.allocation() == PruningParameters.Allocation.GREEDY ? Strategy.GREEDY : Strategy.LAGRANGE,
                true,
                parameters.samples());
    }

    @Override
    public Set<String> afterMeasuring() {
        return Set.of("allocation", "reconstruct", "reconstruction-samples");
    }

    @Override
    public CompressionPlan plan(OnnxModel model, PruningParameters parameters, long seed) {
        Grid grid = new Grid(
                Criterion.of(parameters.criterion()), Alignment.parse(parameters.align()), parameters.candidates());
        OnnxModel own = model.copy();
        Unsharing.unshare(own);
        return new ChannelPruningPlan(
                own,
                PruningPlan.of(own, grid, seed),
                grid.criterion(),
                parameters.reconstruct() ? parameters.reconstructionSamples() : 0);
    }
}
