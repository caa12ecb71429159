package io.millrace.selection;

import java.util.List;
import java.util.stream.IntStream;

/** Picks some of many options. */
public final class Thinning {
    private Thinning() {}

    /**
     * At most so many of the options, evenly spread over all of them; the mildest and the harshest stay, of which the
     * harshest alone if one is all there may be, as it decides what is within reach.
     *
     * @param options from the mildest to the harshest
     */
    public static <T> List<T> toAtMost(int most, List<T> options) {
        int last = options.size() - 1;
        if (last < most) {
            return options;
        }
        return most == 1
                ? List.of(options.get(last))
                : IntStream.range(0, most)
                        .mapToObj(i -> options.get((int) Math.round((double) i * last / (most - 1))))
                        .toList();
    }
}
