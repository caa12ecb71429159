package io.millrace.selection;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a user says is to be done with one part, in place of a selection: {@code 0.5} leaves a share of it, {@code 48} is
 * a count (a rank, or the channels that stay), {@code 105, 8, 9, 11-13} lists the channels that go.
 */
public sealed interface ByHand {

    /** At most this share is left. */
    record Share(BigDecimal ratio) implements ByHand {
        /**
         * The mildest of some options that leaves no more.
         *
         * @param shares what each option leaves, from the mildest on
         * @return its index; empty if even the harshest leaves more
         */
        public Optional<Integer> among(List<Double> shares) {
            for (int i = 0; i < shares.size(); i++) {
                if (BigDecimal.valueOf(shares.get(i)).compareTo(ratio) <= 0) {
                    return Optional.of(i);
                }
            }
            return Optional.empty();
        }
    }

    /** So many are left. */
    record Count(int left) implements ByHand {}

    /**
     * These go.
     *
     * @param indices rising, from 0 on
     */
    record Indices(List<Integer> indices) implements ByHand {
        public Indices {
            indices = List.copyOf(indices);
        }
    }

    /** The most indices that one list may hold. */
    int MOST_INDICES = 1_000_000;

    /**
     * Reads one of the three.
     *
     * @throws IllegalArgumentException with what is wrong and what would be right
     */
    static ByHand parse(String text) {
        String trimmed = text.strip();
        if (trimmed.matches("[0-9]{1,9}")) {
            int count = Integer.parseInt(trimmed);
            if (count == 0) {
                throw new IllegalArgumentException("0 leaves nothing; at least 1 has to stay");
            }
            return new Count(count);
        }
        if (trimmed.matches("[0-9]*\\.[0-9]{1,18}")) {
            BigDecimal ratio = new BigDecimal(trimmed);
            if (ratio.signum() == 0 || ratio.compareTo(BigDecimal.ONE) >= 0) {
                throw new IllegalArgumentException("a ratio must lie between 0 and 1, not " + trimmed);
            }
            return new Share(ratio);
        }
        return new Indices(indices(trimmed));
    }

    private static List<Integer> indices(String text) {
        List<Integer> indices = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            String[] ends = item.strip().split("\\s*-\\s*", -1);
            if (ends.length > 2 || !String.join("", ends).matches("[0-9]+") || ends[0].isEmpty()) {
                throw new IllegalArgumentException("\"" + item.strip()
                        + "\" is neither an index nor a range; write a ratio (0.5), a count (48), or indices"
                        + " (\"105, 8, 9, 11-13\")");
            }
            int first = index(ends[0]);
            int last = ends.length == 1 ? first : index(ends[1]);
            if (last < first) {
                throw new IllegalArgumentException("the range " + item.strip() + " ends before it begins");
            }
            if ((long) indices.size() + last - first >= MOST_INDICES) {
                throw new IllegalArgumentException("more than " + MOST_INDICES + " indices are listed");
            }
            for (int index = first; index <= last; index++) {
                indices.add(index);
            }
        }
        return indices.stream().distinct().sorted().toList();
    }

    private static int index(String text) {
        if (!text.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException("\"" + text + "\" is no index");
        }
        return Integer.parseInt(text);
    }
}
