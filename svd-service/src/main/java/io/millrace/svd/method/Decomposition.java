package io.millrace.svd.method;

import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import java.util.List;
import java.util.Optional;

/** A method that puts a chain of thin layers in the place of a layer. */
public interface Decomposition {

    /** As jobs write it. */
    String name();

    /** Why this layer is left as it is; empty if the method applies. */
    Optional<String> obstacle(Layer layer);

    /** The cuts worth trying, none as costly as the layer itself, from the mildest to the harshest; empty where none pays. */
    List<Cut> cuts(Layer layer, RankGrid grid);

    /**
     * Decomposes a layer, once for all cuts.
     *
     * @param metrics of each group: how much an error in each part of the kernel matters
     */
    Factorization factorize(Layer layer, List<? extends Metric> metrics);

    /** What the cuts of a layer lose of its kernel, told without making them. */
    Losses losses(Layer layer);

    /** The ranks at which a cut's chain gives the layer itself, for people. */
    String fullRank(Layer layer, Cut cut);

    /** Squared errors of a layer's kernel. */
    interface Losses {
        double of(Cut cut);
    }

    /** A layer decomposed. */
    interface Factorization {

        /** The chain of a cut of this layer and method. */
        List<ChainLink> chain(Cut cut);
    }
}
