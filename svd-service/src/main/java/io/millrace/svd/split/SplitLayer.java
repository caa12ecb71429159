package io.millrace.svd.split;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/**
 * A layer whose weight can be written as a product of two smaller ones, so that two cheaper layers in a row give (at
 * full rank exactly) its output. The weight is decomposed once, when first needed; that decomposition serves every
 * rank. Layers that share a weight are one: they have one rank and read one pair of factors, so that what the sharing
 * promises (a siamese network's symmetry, a tied decoder) stays true. Costs are of all of them together.
 */
public sealed interface SplitLayer permits SpatialSvd, MatrixSvd {

    /** The nodes that read the weight, as they stand in the model, in the order of the graph; most often one. */
    List<Node> nodes();

    /** The first of {@link #nodes}. */
    default Node node() {
        return nodes().get(0);
    }

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
     * Puts two nodes in the place of each of {@link #nodes}. The graph may be any copy of the one this layer was found
     * in, as long as it still holds them.
     *
     * @throws IllegalArgumentException if {@code rank} is not in 1..{@link #maxRank()}
     */
    void split(Graph graph, int rank);

    /** The largest magnitude in the weight. */
    double largestWeight();

    /** The largest magnitude in the two weights that take its place. */
    double largestWeight(int rank);

    /** A name to show to people, the one that reports and findings use. */
    default String name() {
        String first = node().label();
        int others = nodes().size() - 1;
        return switch (others) {
            case 0 -> first;
            case 1 -> first + " and " + nodes().get(1).label();
            default -> first + " and " + others + " more";
        };
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
        return rankFor(ratio, 1);
    }

    /** {@link #rankFor(BigDecimal)} of the ratio {@code part / whole}, which need not be a decimal number. */
    default int rankFor(BigDecimal part, long whole) {
        long rank = part.multiply(BigDecimal.valueOf(macs()))
                .divide(BigDecimal.valueOf(macs(1)).multiply(BigDecimal.valueOf(whole)), 0, RoundingMode.FLOOR)
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
