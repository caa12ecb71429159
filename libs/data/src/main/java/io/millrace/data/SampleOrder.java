package io.millrace.data;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The order in which samples come. A limited choice is drawn from all shards alike. Where not all shards fit into memory
 * at once, samples are mixed within as many shards as do, and these groups of shards are drawn, too.
 */
final class SampleOrder {
    private final int[] starts;
    private final int[] order;

    /**
     * @param seed decides the order; {@code null} for the order of the files
     * @param limit at most so many samples; 0 for all
     * @param together how many shards may be in memory at a time
     */
    SampleOrder(List<Integer> shardSizes, Long seed, long limit, int together) {
        this(shardSizes, seed, limit, together, null);
    }

    /** @param part only these samples; {@code null} for all */
    SampleOrder(List<Integer> shardSizes, Long seed, long limit, int together, BatchOptions.Part part) {
        starts = new int[shardSizes.size() + 1];
        for (int i = 0; i < shardSizes.size(); i++) {
            starts[i + 1] = starts[i] + shardSizes.get(i);
        }
        int[] drawn = samples(starts[shardSizes.size()], part);
        int wanted = limit > 0 ? (int) Math.min(limit, drawn.length) : drawn.length;
        if (seed == null) {
            order = Arrays.copyOf(drawn, wanted);
        } else {
            Random random = new Random(seed);
            shuffle(drawn, 0, drawn.length, random);
            order = Arrays.copyOf(drawn, wanted);
            if (together < shardSizes.size()) {
                groupByShards(random, together);
            }
        }
    }

    private static int[] samples(int all, BatchOptions.Part part) {
        int[] samples = IntStream.range(0, all).toArray();
        if (part == null) {
            return samples;
        }
        shuffle(samples, 0, all, new Random(part.seed()));
        int split = (int) Math.min(all, part.samples());
        int[] chosen = part.inside() ? Arrays.copyOf(samples, split) : Arrays.copyOfRange(samples, split, all);
        Arrays.sort(chosen);
        return chosen;
    }

    private void groupByShards(Random random, int together) {
        int[] shards = IntStream.range(0, starts.length - 1).toArray();
        shuffle(shards, 0, shards.length, random);
        int[] group = new int[shards.length];
        for (int i = 0; i < shards.length; i++) {
            group[shards[i]] = i / together;
        }
        int[] grouped = IntStream.of(order)
                .boxed()
                .sorted((a, b) -> Integer.compare(group[shardOf(a)], group[shardOf(b)]))
                .mapToInt(Integer::intValue)
                .toArray();
        System.arraycopy(grouped, 0, order, 0, order.length);
    }

    private static void shuffle(int[] values, int from, int to, Random random) {
        for (int i = to - 1; i > from; i--) {
            int j = from + random.nextInt(i - from + 1);
            int swapped = values[i];
            values[i] = values[j];
            values[j] = swapped;
        }
    }

    int size() {
        return order.length;
    }

    /** The number of the n-th sample in the order of the files. */
    int position(int n) {
        return order[n];
    }

    /** The shard of the n-th sample. */
    int shard(int n) {
        return shardOf(order[n]);
    }

    private int shardOf(int position) {
        int found = Arrays.binarySearch(starts, position);
        int shard = found >= 0 ? found : -found - 2;
        while (starts[shard + 1] == starts[shard]) {
            shard++;
        }
        return shard;
    }

    /** The place of the n-th sample in its shard. */
    int index(int n) {
        return order[n] - starts[shard(n)];
    }
}
