package io.millrace.svd.method;

import io.millrace.onnx.cost.Alignment;
import io.millrace.selection.Thinning;
import io.millrace.svd.layer.Form;
import io.millrace.svd.layer.Layer;
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
    /** A chain must promise to be this much faster, or it is not worth its loss. */
    private static final double WORTHWHILE = 0.97;

    public RankGrid {
        if (candidates < 1 || candidates > 1000) {
            throw new IllegalArgumentException("candidates must be from 1 to 1000, not " + candidates);
        }
    }

    /** The ranks to try, from the largest (mildest) to the smallest; empty where none pays. */
    public List<Integer> ranks(Family family) {
        List<Integer> paying = (alignment.followsRuntime() ? staircase(family) : ratios(family))
                .filter(rank -> pays(family.layer(), family.forms(rank)))
                .boxed()
                .toList();
        return Thinning.toAtMost(candidates, paying);
    }

    /** Whether a chain in the place of a layer saves what the alignment is after. */
    public boolean pays(Layer layer, List<Form> chain) {
        return layer.macs(chain) < layer.macs()
                && (!alignment.followsRuntime() || layer.time(chain) < WORTHWHILE * layer.time());
    }

    /** Why a layer has no chain that pays. */
    public String obstacle() {
        return alignment.followsRuntime()
                ? "too small: no rank on the runtime's steps promises to save time"
                : "no rank saves multiply-accumulates";
    }

    /** Multiples of the step that are at most {@code most}, descending. */
    public IntStream steps(int most, long channels) {
        int step = alignment.step(channels);
        return IntStream.iterate(most / step * step, rank -> rank >= step, rank -> rank - step);
    }

    private IntStream staircase(Family family) {
        int useful = family.rankFor(BigDecimal.ONE, 1);
        return steps(useful, useful);
    }

    /** Ratios i/candidates, the rank rounded up to the multiple, at most the full rank. */
    private IntStream ratios(Family family) {
        int step = alignment.step(family.channels());
        return IntStream.range(1, candidates)
                .map(i -> candidates - i)
                .map(i -> family.rankFor(BigDecimal.valueOf(i), candidates))
                .map(rank -> Math.min(family.maxRank(), (rank + step - 1) / step * step))
                .distinct();
    }
}
