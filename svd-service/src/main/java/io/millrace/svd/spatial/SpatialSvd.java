package io.millrace.svd.spatial;

import io.millrace.onnx.Graph;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.layer.Splice;
import io.millrace.svd.lowrank.Pair;
import io.millrace.svd.lowrank.PairFactorization;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition;
import io.millrace.svd.method.RankGrid;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Spatial SVD (Jaderberg et al. 2014, Tai et al. 2016): a convolution {@code [n, m, kh, kw]} becomes a vertical one
 * {@code [r, m, kh, 1]} and a horizontal one {@code [n, r, 1, kw]}; one over three axes a convolution along the first
 * axis and one along the others. A 1-D convolution {@code [n, m, k]} becomes {@code [r, m, k]} and {@code [n, r, 1]}, a
 * 1x1 convolution and a fully connected layer two of their kind.
 */
public final class SpatialSvd implements Decomposition {
    public static final String NAME = "spatial-svd";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> obstacle(Layer layer) {
        return Optional.empty();
    }

    /** The chains of a layer. */
    public static Pair pair(Layer layer) {
        boolean[] axes = new boolean[layer.axes()];
        axes[0] = true;
        return layer.kind() == Layer.Kind.MATRIX
                ? Pair.of(layer, axes, "first", "second")
                : Pair.of(layer, axes, "vertical", "horizontal");
    }

    /** Puts the chain of a rank in the place of a layer, made by its weights alone. */
    public static void split(Graph graph, Layer layer, int rank) {
        Pair pair = pair(layer);
        Cut cut = new Cut(NAME, new int[] {rank}, pair.forms(rank));
        List<Metric> metrics = Collections.nCopies(layer.groups(), Metric.PLAIN);
        Splice.apply(graph, layer, new PairFactorization(pair, metrics).chain(cut), NAME);
    }

    @Override
    public List<Cut> cuts(Layer layer, RankGrid grid) {
        Pair pair = pair(layer);
        return grid.ranks(pair).stream()
                .map(rank -> new Cut(NAME, new int[] {rank}, pair.forms(rank)))
                .toList();
    }

    @Override
    public Losses losses(Layer layer) {
        double[] losses = pair(layer).losses();
        return cut -> losses[cut.ranks()[0]];
    }

    @Override
    public String fullRank(Layer layer, Cut cut) {
        return Integer.toString(pair(layer).maxRank());
    }

    @Override
    public Factorization factorize(Layer layer, List<? extends Metric> metrics) {
        return new PairFactorization(pair(layer), metrics);
    }
}
