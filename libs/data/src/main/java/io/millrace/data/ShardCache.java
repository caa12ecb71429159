package io.millrace.data;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The shards in memory: all of them when they are small enough, else the one being read. */
final class ShardCache {
    private static final long SMALL = 512L << 20;

    /** The arrays of one shard. {@code labels} is empty where there are none. */
    record Loaded(Map<String, ByteBuffer> arrays, long[] labels) {}

    private final List<Shard> shards;
    private final List<String> arrays;
    private final String labelArray;
    private final boolean keepAll;
    private final Map<Integer, Loaded> loaded = new HashMap<>();

    ShardCache(List<Shard> shards, List<String> arrays, String labelArray) {
        this.shards = shards;
        this.arrays = arrays;
        this.labelArray = labelArray;
        this.keepAll = shards.stream()
                        .flatMap(s -> arrays.stream().map(a -> s.array(a).bytes()))
                        .mapToLong(Long::longValue)
                        .sum()
                <= SMALL;
    }

    /** Whether any order of samples is cheap; otherwise shards are to be read one after the other. */
    boolean keepsAll() {
        return keepAll;
    }

    synchronized Loaded get(int shard) {
        Loaded found = loaded.get(shard);
        if (found == null) {
            if (!keepAll) {
                loaded.clear();
            }
            found = load(shards.get(shard));
            loaded.put(shard, found);
        }
        return found;
    }

    private Loaded load(Shard shard) {
        Map<String, ByteBuffer> values = new LinkedHashMap<>();
        arrays.forEach(a -> values.put(a, shard.read(a)));
        return new Loaded(values, labelArray == null ? new long[0] : LabelArray.read(shard, labelArray));
    }
}
