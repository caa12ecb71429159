package io.millrace.svd.cp;

import io.millrace.svd.cp.AlternatingLeastSquares.Components;
import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.lowrank.Refit;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition.Factorization;
import io.millrace.tensor.Matrix;
import java.util.List;
import java.util.stream.IntStream;

/** The chains of CP: components by alternating least squares, the last layer fitted in the metric of each group. */
final class CpFactorization implements Factorization {
    private static final int STARTS = 3;
    private static final long SEED = 20;

    private final Layer layer;
    private final Matrix[] kernels;
    private final List<? extends Metric> metrics;

    CpFactorization(Layer layer, List<? extends Metric> metrics) {
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
            List<Matrix> factors = components(g, cut.ranks()[0]).factors();
            for (int f = 1; f < factors.size(); f++) {
                place(factors.get(f).transposed(), weights[f - 1], g);
            }
            Matrix seen = seenByLast(factors);
            Matrix expand = metrics.get(g) == Metric.PLAIN
                    ? factors.get(0)
                    : Refit.of(seen, kernels[g], factors.get(0), metrics.get(g));
            place(expand, weights[weights.length - 1], g);
        }
        return IntStream.range(0, weights.length)
                .mapToObj(i -> new ChainLink(forms.get(i), weights[i]))
                .toList();
    }

    private static void place(Matrix block, float[] all, int group) {
        float[] values = block.floats();
        System.arraycopy(values, 0, all, group * values.length, values.length);
    }

    /** Axes: outputs, inputs, and those along which the kernel is wider than one element. */
    private Components components(int group, int rank) {
        int[] wide = IntStream.range(0, layer.axes())
                .map(layer::kernel)
                .filter(size -> size > 1)
                .toArray();
        int[] dims = IntStream.concat(IntStream.of(layer.outputs(), layer.inputs()), IntStream.of(wide))
                .toArray();
        return new AlternatingLeastSquares(kernels[group].values(), dims).best(rank, STARTS, SEED);
    }

    /** What each of the r channels before the last layer is of a patch: {@code [r x (inputs taps)]}. */
    private Matrix seenByLast(List<Matrix> factors) {
        int rank = factors.get(0).columns();
        double[] seen = new double[rank * layer.inputs() * layer.taps()];
        for (int r = 0; r < rank; r++) {
            for (int at = 0; at < layer.inputs() * layer.taps(); at++) {
                double product = 1;
                int rest = at;
                for (int f = factors.size() - 1; f >= 1; f--) {
                    product *= factors.get(f).at(rest % factors.get(f).rows(), r);
                    rest /= factors.get(f).rows();
                }
                seen[r * layer.inputs() * layer.taps() + at] = product;
            }
        }
        return new Matrix(seen, rank, layer.inputs() * layer.taps());
    }
}
