package io.millrace.svd.method;

import io.millrace.selection.Thinning;
import io.millrace.svd.calibration.DataAware;
import io.millrace.svd.calibration.Metrics;
import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.method.Decomposition.Factorization;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One method or several. Of several, a layer's cuts are those that no other cut beats in cost and in the error of the
 * kernel at once, so that they are one curve from the mildest to the harshest.
 */
public record Mix(List<Decomposition> methods) {

    /** The chains of one layer, each decomposed when first asked for. */
    public interface Chains {
        List<ChainLink> of(Cut cut);
    }

    public boolean several() {
        return methods.size() > 1;
    }

    /** Why no method applies to a layer; the first one's reason. */
    public Optional<String> obstacle(Layer layer) {
        List<Optional<String>> obstacles =
                methods.stream().map(method -> method.obstacle(layer)).toList();
        return obstacles.stream().anyMatch(Optional::isEmpty) ? Optional.empty() : obstacles.get(0);
    }

    /** From the mildest to the harshest; empty where none pays. */
    public List<Cut> cuts(Layer layer, RankGrid grid) {
        if (!several()) {
            return methods.get(0).cuts(layer, grid);
        }
        List<Priced> priced = new ArrayList<>();
        for (Decomposition method : methods) {
            if (method.obstacle(layer).isEmpty()) {
                List<Cut> cuts = method.cuts(layer, grid);
                Decomposition.Losses losses = cuts.isEmpty() ? cut -> 0 : method.losses(layer);
                cuts.forEach(cut -> priced.add(new Priced(cut, layer.macs(cut.forms()), losses.of(cut))));
            }
        }
        return Thinning.toAtMost(grid.candidates(), Priced.best(priced));
    }

    /** @param metrics of the layer; {@code null} to go by the weights alone */
    public Chains chains(Layer layer, Metrics metrics) {
        Map<String, Factorization> done = new HashMap<>();
        return cut -> done.computeIfAbsent(cut.method(), name -> factorization(layer, metrics, name))
                .chain(cut);
    }

    private Factorization factorization(Layer layer, Metrics metrics, String name) {
        Decomposition method = named(name);
        return metrics == null
                ? method.factorize(layer, Collections.nCopies(layer.groups(), Metric.PLAIN))
                : new DataAware(method, layer, metrics);
    }

    /** The ranks at which a cut's method gives the layer itself, for people. */
    public String fullRank(Layer layer, Cut cut) {
        return named(cut.method()).fullRank(layer, cut);
    }

    private Decomposition named(String name) {
        return methods.stream()
                .filter(method -> method.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
