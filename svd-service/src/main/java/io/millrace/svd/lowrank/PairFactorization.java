package io.millrace.svd.lowrank;

import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.KernelTaps;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition.Factorization;
import io.millrace.tensor.Matrix;
import java.util.ArrayList;
import java.util.List;

/** The chains of a {@link Pair}: one decomposition of each group, which serves every rank. */
public final class PairFactorization implements Factorization {
    private final Pair pair;
    private final Matrix[] kernels;
    private final List<? extends Metric> metrics;
    private final List<LowRank> groups = new ArrayList<>();

    public PairFactorization(Pair pair, List<? extends Metric> metrics) {
        this.pair = pair;
        this.metrics = metrics;
        this.kernels = pair.layer().kernels();
        for (int g = 0; g < kernels.length; g++) {
            groups.add(LowRank.of(pair.matrix(kernels[g]), metrics.get(g).seen(pair.layer(), pair.axes())));
        }
    }

    @Override
    public List<ChainLink> chain(Cut cut) {
        int rank = cut.ranks()[0];
        pair.requireRank(rank);
        Layer layer = pair.layer();
        KernelTaps taps = pair.taps();
        List<Form> forms = pair.forms(rank);
        float[] first = new float[layer.groups() * rank * layer.inputs() * taps.firsts()];
        float[] second = new float[layer.groups() * layer.outputs() * rank * taps.seconds()];
        for (int g = 0; g < kernels.length; g++) {
            Matrix left = groups.get(g).left(rank);
            place(left.transposed(), first, g);
            place(second(g, left, taps), second, g);
        }
        return List.of(new ChainLink(forms.get(0), first), new ChainLink(forms.get(1), second));
    }

    private static void place(Matrix block, float[] all, int group) {
        float[] values = block.floats();
        System.arraycopy(values, 0, all, group * values.length, values.length);
    }

    /** The second layer's weight of a group, {@code [outputs x (rank seconds)]}. */
    private Matrix second(int group, Matrix left, KernelTaps taps) {
        int rank = left.columns();
        Matrix right = groups.get(group).right(rank);
        int outputs = pair.layer().outputs();
        double[] values = new double[outputs * rank * taps.seconds()];
        for (int o = 0; o < outputs; o++) {
            for (int r = 0; r < rank; r++) {
                for (int s = 0; s < taps.seconds(); s++) {
                    values[(o * rank + r) * taps.seconds() + s] = right.at(r, o * taps.seconds() + s);
                }
            }
        }
        Matrix start = new Matrix(values, outputs, rank * taps.seconds());
        boolean best = taps.seconds() == 1 || metrics.get(group) == Metric.PLAIN;
        return best ? start : Refit.of(seenBySecond(left, taps), kernels[group], start, metrics.get(group));
    }

    /** What each input of the second layer, at each place of its kernel, is of the layer's patch. */
    private Matrix seenBySecond(Matrix left, KernelTaps taps) {
        int rank = left.columns();
        int patch = pair.layer().inputs() * pair.layer().taps();
        double[] values = new double[rank * taps.seconds() * patch];
        for (int r = 0; r < rank; r++) {
            for (int i = 0; i < pair.layer().inputs(); i++) {
                for (int k = 0; k < pair.layer().taps(); k++) {
                    int row = r * taps.seconds() + taps.second()[k];
                    values[row * patch + i * pair.layer().taps() + k] = left.at(i * taps.firsts() + taps.first()[k], r);
                }
            }
        }
        return new Matrix(values, rank * taps.seconds(), patch);
    }
}
