package io.millrace.data;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** The order in which samples come: positions over all shards, shard after shard. */
final class SampleOrder {
    private final int[] starts;
    private final int[] order;

    /** @param throughout whether samples may come from any shard at any time; else shards stay together */
    SampleOrder(List<Integer> shardSizes, Long seed, boolean throughout) {
        starts = new int[shardSizes.size() + 1];
        for (int i = 0; i < shardSizes.size(); i++) {
            starts[i + 1] = starts[i] + shardSizes.get(i);
        }
        order = IntStream.range(0, starts[shardSizes.size()]).toArray();
        if (seed != null) {
            Random random = new Random(seed);
            if (throughout) {
                shuffle(order, random);
            } else {
                shuffleShards(random);
            }
        }
    }

    private void shuffleShards(Random random) {
        int[] shards = IntStream.range(0, starts.length - 1).toArray();
        shuffle(shards, random);
        int at = 0;
        for (int shard : shards) {
            int[] within = IntStream.range(starts[shard], starts[shard + 1]).toArray();
            shuffle(within, random);
            System.arraycopy(within, 0, order, at, within.length);
            at += within.length;
        }
    }

    private static void shuffle(int[] values, Random random) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
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
        int found = java.util.Arrays.binarySearch(starts, order[n]);
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
