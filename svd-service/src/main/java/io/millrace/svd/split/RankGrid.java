package io.millrace.svd.split;

import io.millrace.onnx.cost.Alignment;
import io.millrace.selection.Thinning;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The ranks worth trying for a layer: those on the runtime's staircase that save operations, and time where time is
 * what the alignment is after.
 *
 * @param candidates how many ranks to try at most; also the fineness of ratios where any rank will do
 */
public record RankGrid(int candidates, Alignment alignment) {
    /** A split must promise to be this much faster, or it is not worth its loss. */
    private static final double WORTHWHILE = 0.97;

    public RankGrid {
        if (candidates < 1 || candidates > 1000) {
            throw new IllegalArgumentException("candidates must be from 1 to 1000, not " + candidates);
        }
    }

    /** The ranks to try, from the largest (mildest) to the smallest; empty where no split pays. */
    public List<Integer> ranks(SplitLayer layer) {
        List<Integer> paying = (alignment.followsRuntime() ? staircase(layer) : ratios(layer))
                .filter(rank -> layer.macs(rank) < layer.macs())
                .filter(rank -> !alignment.followsRuntime() || layer.time(rank) < WORTHWHILE * layer.time())
                .boxed()
                .toList();
        return Thinning.toAtMost(candidates, paying);
    }

    /** Why {@link #ranks} is empty. */
    public String obstacle(SplitLayer layer) {
        boolean saves = layer.macs(1) < layer.macs();
        return saves && alignment.followsRuntime()
                ? "too small: no rank on the runtime's steps promises to save time"
                : "no rank saves multiply-accumulates";
    }

    private IntStream staircase(SplitLayer layer) {
        int useful = layer.rankFor(BigDecimal.ONE);
        int step = alignment.step(useful);
        return IntStream.iterate(useful / step * step, rank -> rank >= step, rank -> rank - step);
    }

    /** Ratios i/candidates, the rank rounded up to the multiple, at most the full rank. */
    private IntStream ratios(SplitLayer layer) {
        int step = alignment.step(layer.channels());
        return IntStream.range(1, candidates)
                .map(i -> candidates - i)
                .map(i -> layer.rankFor(BigDecimal.valueOf(i), candidates))
                .map(rank -> Math.min(layer.maxRank(), (rank + step - 1) / step * step))
                .distinct();
    }
}
