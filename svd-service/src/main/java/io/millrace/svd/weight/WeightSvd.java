package io.millrace.svd.weight;

import io.millrace.selection.Thinning;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.lowrank.Pair;
import io.millrace.svd.lowrank.PairFactorization;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition;
import io.millrace.svd.method.Priced;
import io.millrace.svd.method.RankGrid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Weight SVD (Denton et al. 2014, Zhang et al. 2015): the channels of a layer are reduced on one side. A convolution
 * {@code [n, m, kh, kw]} becomes a 1x1 one {@code [r, m]} and one of the whole kernel {@code [n, r, kh, kw]}, or, in the
 * other order, the whole kernel {@code [r, m, kh, kw]} and a 1x1 one {@code [n, r]}. Which loses less for its cost differs
 * from layer to layer; both are offered. A fully connected layer becomes two.
 */
public final class WeightSvd implements Decomposition {
    public static final String NAME = "weight-svd";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> obstacle(Layer layer) {
        return Optional.empty();
    }

    /** Both orders; one where the kernel has one element, and they are the same. */
    public static List<Pair> pairs(Layer layer) {
        Pair kernelFirst = pair(layer, true);
        return layer.taps() == 1 ? List.of(kernelFirst) : List.of(kernelFirst, pair(layer, false));
    }

    /** @param kernelFirst whether the first of the two has the kernel, or the second */
    public static Pair pair(Layer layer, boolean kernelFirst) {
        boolean[] axes = new boolean[layer.axes()];
        Arrays.fill(axes, kernelFirst);
        return layer.taps() == 1
                ? Pair.of(layer, axes, "first", "second")
                : Pair.of(layer, axes, kernelFirst ? "kernel" : "reduce", kernelFirst ? "expand" : "kernel");
    }

    @Override
    public List<Cut> cuts(Layer layer, RankGrid grid) {
        List<Priced> cuts = new ArrayList<>();
        for (Pair pair : pairs(layer)) {
            List<Integer> ranks = grid.ranks(pair);
            double[] losses = ranks.isEmpty() ? new double[0] : pair.losses();
            for (int rank : ranks) {
                Cut cut = new Cut(NAME, new int[] {rank}, pair.forms(rank));
                cuts.add(new Priced(cut, layer.macs(cut.forms()), losses[rank]));
            }
        }
        return Thinning.toAtMost(grid.candidates(), Priced.best(cuts));
    }

    @Override
    public Losses losses(Layer layer) {
        Map<String, double[]> done = new HashMap<>();
        return cut -> done.computeIfAbsent(
                        cut.forms().get(0).name(), name -> pair(layer, cut).losses())[cut.ranks()[0]];
    }

    @Override
    public String fullRank(Layer layer, Cut cut) {
        return Integer.toString(pair(layer, cut).maxRank());
    }

    private static Pair pair(Layer layer, Cut cut) {
        return pairs(layer).stream()
                .filter(pair -> pair.first().equals(cut.forms().get(0).name()))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public Factorization factorize(Layer layer, List<? extends Metric> metrics) {
        Map<String, PairFactorization> done = new HashMap<>();
        return cut -> done.computeIfAbsent(
                        cut.forms().get(0).name(), name -> new PairFactorization(pair(layer, cut), metrics))
                .chain(cut);
    }
}
