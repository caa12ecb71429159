package io.millrace.inference;

import java.util.HashMap;
import java.util.Map;

/** How often each label occurs: what an answer that ignores its sample gets right. */
final class LabelCounts {
    private final Map<Long, Long> counts = new HashMap<>();
    private long samples;

    void add(long[] labels) {
        for (long label : labels) {
            counts.merge(label, 1L, Long::sum);
            samples++;
        }
    }

    /** The share of the most frequent label. */
    double mostFrequent() {
        return counts.values().stream().mapToLong(Long::longValue).max().orElse(0) / (double) Math.max(1, samples);
    }

    /** Whether a share of right answers is explained by the most frequent label, up to one standard deviation. */
    boolean noBetterThanChance(double right) {
        double share = mostFrequent();
        return counts.size() > 1 && right <= share + Math.sqrt(share * (1 - share) / samples);
    }
}
