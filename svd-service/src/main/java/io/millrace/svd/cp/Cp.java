package io.millrace.svd.cp;

import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.method.Cut;
import io.millrace.svd.method.Decomposition;
import io.millrace.svd.method.Family;
import io.millrace.svd.method.RankGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * CP decomposition (Lebedev et al. 2015): a convolution becomes a 1x1 one from its inputs to r channels, one for each
 * axis of its kernel that sees every channel by itself, and a 1x1 one from r channels to its outputs.
 */
public final class Cp implements Decomposition {
    public static final String NAME = "cp";

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
                ? Optional.of("a group of it has one channel on one side: spatial-svd does as much with two layers")
                : Optional.empty();
    }

    /** The chains of one layer. */
    record Chains(Layer layer) implements Family {

        @Override
        public int maxRank() {
            long taps = layer.taps();
            return (int) Math.min(
                    (long) layer.inputs() * layer.outputs(), Math.min(layer.inputs() * taps, layer.outputs() * taps));
        }

        @Override
        public List<Form> forms(int rank) {
            boolean spreads = layer.kind() == Layer.Kind.TRANSPOSED;
            boolean[] none = new boolean[layer.axes()];
            boolean[] narrow = new boolean[layer.axes()];
            int channels = layer.groups() * rank;
            List<Form> forms = new ArrayList<>();
            for (int axis = 0; axis < narrow.length; axis++) {
                narrow[axis] = layer.kernel(axis) == 1;
                if (!narrow[axis]) {
                    boolean[] own = new boolean[layer.axes()];
                    own[axis] = true;
                    forms.add(new Form("axis" + axis, channels, channels, channels, own));
                }
            }
            int groups = layer.groups();
            forms.add(0, new Form("reduce", groups, groups * layer.inputs(), channels, spreads ? none : narrow));
            forms.add(new Form("expand", groups, channels, groups * layer.outputs(), spreads ? narrow : none));
            return forms;
        }
    }

    @Override
    public List<Cut> cuts(Layer layer, RankGrid grid) {
        Family chains = new Chains(layer);
        return grid.ranks(chains).stream()
                .map(rank -> new Cut(NAME, new int[] {rank}, chains.forms(rank)))
                .toList();
    }

    /** Nothing but the decomposition itself tells. */
    @Override
    public Losses losses(Layer layer) {
        throw new UnsupportedOperationException("what CP loses is not known before it is done");
    }

    @Override
    public String fullRank(Layer layer, Cut cut) {
        return Integer.toString(new Chains(layer).maxRank());
    }

    @Override
    public Factorization factorize(Layer layer, List<? extends Metric> metrics) {
        return new CpFactorization(layer, metrics);
    }
}
