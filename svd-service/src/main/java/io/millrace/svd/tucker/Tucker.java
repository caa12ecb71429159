package io.millrace.svd.tucker;

import io.millrace.selection.Thinning;
import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition;
import io.millrace.svd.method.Priced;
import io.millrace.svd.method.RankGrid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Tucker-2 (Kim et al. 2016): a convolution becomes a 1x1 one from its inputs to {@code ri} channels, a core of its
 * kernel from {@code ri} to {@code ro}, and a 1x1 one to its outputs. Pairs of ranks are those that keep most of the
 * kernel's energy for their cost, and the pair that variational Bayes finds ({@link Evbmf}).
 */
public final class Tucker implements Decomposition {
    public static final String NAME = "tucker";
    /** Steps along each side in the search for pairs. */
    private static final int FINEST = 48;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> obstacle(Layer layer) {
        if (layer.taps() == 1) {
            return Optional.of("its kernel is one element wide, where weight-svd does as much with two layers");
        }
        return layer.inputs() == 1 || layer.outputs() == 1
                ? Optional.of("a group of it has one channel on one side, which Tucker cannot reduce")
                : Optional.empty();
    }

    static List<Form> forms(Layer layer, int outputs, int inputs) {
        boolean[] wide = new boolean[layer.axes()];
        boolean[] narrow = new boolean[layer.axes()];
        for (int axis = 0; axis < wide.length; axis++) {
            wide[axis] = layer.kernel(axis) > 1;
            narrow[axis] = !wide[axis];
        }
        boolean spreads = layer.kind() == Layer.Kind.TRANSPOSED;
        boolean[] none = new boolean[layer.axes()];
        int groups = layer.groups();
        return List.of(
                new Form("reduce", groups, groups * layer.inputs(), groups * inputs, spreads ? none : narrow),
                new Form("core", groups, groups * inputs, groups * outputs, wide),
                new Form("expand", groups, groups * outputs, groups * layer.outputs(), spreads ? narrow : none));
    }

    public static Cut cut(Layer layer, int outputs, int inputs) {
        return new Cut(NAME, new int[] {outputs, inputs}, forms(layer, outputs, inputs));
    }

    @Override
    public List<Cut> cuts(Layer layer, RankGrid grid) {
        CoreEnergy energy = CoreEnergy.of(layer);
        List<Cut> cuts = new ArrayList<>(Thinning.toAtMost(grid.candidates(), Priced.best(pairs(layer, grid, energy))));
        int[] bayes = energy.bayesian(grid);
        boolean known = cuts.stream().anyMatch(cut -> Arrays.equals(cut.ranks(), bayes));
        Cut own = cut(layer, bayes[0], bayes[1]);
        if (!known && useful(layer, bayes[0], bayes[1]) && grid.pays(layer, own.forms())) {
            cuts.add(own);
        }
        cuts.sort(Comparator.comparingLong((Cut cut) -> layer.macs(cut.forms())).reversed());
        return cuts;
    }

    /** All pairs that pay. */
    private static List<Priced> pairs(Layer layer, RankGrid grid, CoreEnergy energy) {
        List<Priced> pairs = new ArrayList<>();
        for (int outputs : sides(layer.outputs(), grid)) {
            for (int inputs : sides(layer.inputs(), grid)) {
                Cut cut = cut(layer, outputs, inputs);
                if (useful(layer, outputs, inputs) && grid.pays(layer, cut.forms())) {
                    pairs.add(new Priced(cut, layer.macs(cut.forms()), energy.lost(outputs, inputs)));
                }
            }
        }
        return pairs;
    }

    private static List<Integer> sides(int channels, RankGrid grid) {
        return Thinning.toAtMost(FINEST, grid.steps(channels, channels).boxed().toList());
    }

    /** Whether no side has more channels than the other can fill. */
    private static boolean useful(Layer layer, int outputs, int inputs) {
        return outputs <= (long) inputs * layer.taps() && inputs <= (long) outputs * layer.taps();
    }

    @Override
    public Losses losses(Layer layer) {
        CoreEnergy energy = CoreEnergy.of(layer);
        return cut -> energy.lost(cut.ranks()[0], cut.ranks()[1]);
    }

    @Override
    public String fullRank(Layer layer, Cut cut) {
        return layer.outputs() + " x " + layer.inputs();
    }

    @Override
    public Factorization factorize(Layer layer, List<? extends Metric> metrics) {
        return new TuckerFactorization(layer, metrics);
    }
}
