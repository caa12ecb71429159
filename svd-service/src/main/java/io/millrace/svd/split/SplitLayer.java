package io.millrace.svd.split;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * A layer whose weight can be written as a product of two smaller ones, so that two cheaper layers in a row give (at
 * full rank exactly) its output. The weight is decomposed once, when first needed; that decomposition serves every
 * rank.
 */
public sealed interface SplitLayer permits SpatialSvd, MatrixSvd {

    /** The layer as it stands in the model. */
    Node node();

    /** Channels on its narrower side; tells how much room the rank has. */
    long channels();

    /** Rank at which the two layers give the output of the one. */
    int maxRank();

    /** Multiply-accumulates of one sample, as it stands. */
    long macs();

    /** Multiply-accumulates of one sample after the split. */
    long macs(int rank);

    /** Estimated time as it stands, in units of {@link TimeEstimate}. */
    double time();

    /** Estimated time after the split. */
    double time(int rank);

    /**
     * Puts the two layers in the place of the one. The graph may be any copy of the one this layer was found in, as
     * long as it still holds the node.
     *
     * @throws IllegalArgumentException if {@code rank} is not in 1..{@link #maxRank()}
     */
    void split(Graph graph, int rank);

    /** A name to show to people, the one that reports and findings use. */
    default String name() {
        return node().label();
    }

    /** Tells it from all other layers of the model: the value it makes. */
    default String id() {
        return node().output(0);
    }

    /**
     * The largest rank whose cost is at most {@code ratio} of the layer's own; at least 1, at most {@link #maxRank()}.
     * Exact: no rounded ratio is mapped back to a rank.
     */
    default int rankFor(BigDecimal ratio) {
        long rank = ratio.multiply(BigDecimal.valueOf(macs()))
                .divide(BigDecimal.valueOf(macs(1)), 0, RoundingMode.FLOOR)
                .longValue();
        return (int) Math.max(1, Math.min(maxRank(), rank));
    }

    /** Compressed cost / original cost. */
    default double ratio(int rank) {
        return (double) macs(rank) / macs();
    }

    default void requireRank(int rank) {
        if (rank < 1 || rank > maxRank()) {
            throw new IllegalArgumentException(
                    "rank %d of layer %s is not in 1..%d".formatted(rank, name(), maxRank()));
        }
    }
}
