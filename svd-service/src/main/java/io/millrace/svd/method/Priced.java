package io.millrace.svd.method;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * A cut with its price.
 *
 * @param lost squared error of the kernel
 */
public record Priced(Cut cut, long macs, double lost) {

    /** The cuts that none other beats, from the mildest to the harshest. */
    public static List<Cut> best(List<Priced> all) {
        List<Cut> best = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        List<Priced> cheapestFirst = all.stream()
                .sorted(Comparator.comparingLong(Priced::macs).thenComparingDouble(Priced::lost))
                .toList();
        for (Priced priced : cheapestFirst) {
            if (priced.lost < least) {
                best.add(priced.cut);
                least = priced.lost;
            }
        }
        Collections.reverse(best);
        return best;
    }
}
