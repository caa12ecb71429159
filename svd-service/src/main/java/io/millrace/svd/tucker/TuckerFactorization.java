package io.millrace.svd.tucker;

import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.lowrank.LowRank;
import io.millrace.svd.lowrank.Pair;
import io.millrace.svd.lowrank.Refit;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition.Factorization;
import io.millrace.svd.weight.WeightSvd;
import io.millrace.tensor.Matrix;
import java.util.List;

/**
 * The chains of Tucker-2, by higher-order orthogonal iteration (De Lathauwer et al. 2000) in the metric of each group:
 * the mixtures of inputs that serve the wanted mixtures of outputs best, and the other way round, in turn.
 */
final class TuckerFactorization implements Factorization {
    private static final int MOST_ROUNDS = 8;
    private static final double SETTLED = 1e-3;

    private final Layer layer;
    private final Matrix[] kernels;
    private final List<? extends Metric> metrics;

    /** Weights of a group: {@code reduce [r x inputs]}, {@code core [s x (r taps)]}, {@code expand [outputs x s]}. */
    private record Factors(Matrix reduce, Matrix core, Matrix expand, double error) {}

    TuckerFactorization(Layer layer, List<? extends Metric> metrics) {
        this.layer = layer;
        this.kernels = layer.kernels();
        this.metrics = metrics;
    }

    @Override
    public List<ChainLink> chain(Cut cut) {
        List<Form> forms = cut.forms();
        float[][] weights = forms.stream()
                .map(form -> new float[Math.toIntExact(form.parameters(layer))])
                .toArray(float[][]::new);
        for (int g = 0; g < kernels.length; g++) {
            Factors factors = factors(g, cut.ranks()[0], cut.ranks()[1]);
            place(factors.reduce, weights[0], g);
            place(factors.core, weights[1], g);
            place(factors.expand, weights[2], g);
        }
        return List.of(
                new ChainLink(forms.get(0), weights[0]),
                new ChainLink(forms.get(1), weights[1]),
                new ChainLink(forms.get(2), weights[2]));
    }

    private static void place(Matrix block, float[] all, int group) {
        float[] values = block.floats();
        System.arraycopy(values, 0, all, group * values.length, values.length);
    }

    private Factors factors(int group, int outputs, int inputs) {
        Matrix kernel = kernels[group];
        Metric metric = metrics.get(group);
        Factors best = null;
        Matrix wanted = kernel;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Factors next = round(kernel, wanted, metric, outputs, inputs);
            boolean better = best == null || next.error < (1 - SETTLED) * best.error;
            best = best == null || next.error < best.error ? next : best;
            if (!better) {
                break;
            }
            wanted = next.expand.times(next.expand.transposedTimes(kernel));
        }
        return balanced(best);
    }

    /** The inputs that serve the wanted outputs, then the outputs that those inputs serve. */
    private Factors round(Matrix kernel, Matrix wanted, Metric metric, int outputs, int inputs) {
        Pair pair = WeightSvd.pair(layer, false);
        Matrix mixed =
                LowRank.of(pair.matrix(wanted), metric.seen(layer, pair.axes())).left(inputs);
        Matrix seen = Unfolding.spread(mixed, layer.taps()).transposed();
        Matrix zero = new Matrix(new double[layer.outputs() * seen.rows()], layer.outputs(), seen.rows());
        Matrix start = Refit.of(seen, kernel, zero, Metric.PLAIN);
        Matrix whole = metric == Metric.PLAIN ? start : Refit.of(seen, kernel, start, metric);
        Matrix made = whole.times(seen);
        Matrix expand =
                metric.weigh(made).timesTransposed(made).eigen().vectors().firstColumns(outputs);
        Matrix core = expand.transposedTimes(whole);
        double error = metric.error(kernel.plus(-1, expand.times(core.times(seen))));
        return new Factors(mixed.transposed(), core, expand, error);
    }

    /** Lets the three weights be of one size. */
    private static Factors balanced(Factors factors) {
        double reduce = size(factors.reduce);
        double core = size(factors.core);
        double expand = size(factors.expand);
        double mean = Math.cbrt(reduce * core * expand);
        return mean > 0 && Double.isFinite(mean)
                ? new Factors(
                        scaled(factors.reduce, mean / reduce),
                        scaled(factors.core, mean / core),
                        scaled(factors.expand, mean / expand),
                        factors.error)
                : factors;
    }

    private static double size(Matrix matrix) {
        return Math.sqrt(matrix.dot(matrix) / Math.max(1, matrix.values().length));
    }

    private static Matrix scaled(Matrix matrix, double factor) {
        return matrix.plus(factor - 1, matrix);
    }
}
