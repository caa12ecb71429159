package io.millrace.svd.method;

import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.Layer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/** The chains in the place of a layer that differ in one rank, the costs of which grow in proportion to it. */
public interface Family {
    Layer layer();

    /** Rank above which a chain can do nothing more. */
    int maxRank();

    List<Form> forms(int rank);

    /** Channels by which a rank is aligned: those of the layer's narrower side. */
    default long channels() {
        return Math.min(layer().inputs(), layer().outputs());
    }

    default long macs(int rank) {
        return layer().macs(forms(rank));
    }

    /**
     * The largest rank whose cost is at most {@code part / whole} of the layer's own; at least 1, at most
     * {@link #maxRank()}. Exact: no rounded ratio is mapped back to a rank.
     */
    default int rankFor(BigDecimal part, long whole) {
        long rank = part.multiply(BigDecimal.valueOf(layer().macs()))
                .divide(BigDecimal.valueOf(macs(1)).multiply(BigDecimal.valueOf(whole)), 0, RoundingMode.FLOOR)
                .longValue();
        return (int) Math.max(1, Math.min(maxRank(), rank));
    }

    default void requireRank(int rank) {
        if (rank < 1 || rank > maxRank()) {
            throw new IllegalArgumentException(
                    "rank %d of layer %s is not in 1..%d".formatted(rank, layer().name(), maxRank()));
        }
    }
}
