package io.millrace.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Arrays of shards that were read lately, for the whole process: every pass over the same data finds them here. Up to a
 * bound; what was not used for longest goes first.
 */
final class ShardMemory {
    /** Bytes kept at most: 512 MB, and no more than a quarter of the heap. */
    static final long BOUND = Math.min(512L << 20, Runtime.getRuntime().maxMemory() / 4);

    private static final ShardMemory SHARED = new ShardMemory(BOUND);

    /** A file that has changed since is another one. */
    private record Key(Path file, long size, long modified, String array) {}

    private final long bound;
    private final Map<Key, ByteBuffer> kept = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Key, Object> reading = new ConcurrentHashMap<>();
    private long bytes;

    ShardMemory(long bound) {
        this.bound = bound;
    }

    static ShardMemory shared() {
        return SHARED;
    }

    /** The values of an array, read at most once at a time. */
    ByteBuffer get(Shard shard, String array) {
        Key key = key(shard, array);
        Object turn = reading.computeIfAbsent(key, k -> new Object());
        synchronized (turn) {
            try {
                ByteBuffer found = find(key);
                return found != null ? found : keep(key, shard.read(array));
            } finally {
                reading.remove(key, turn);
            }
        }
    }

    private synchronized ByteBuffer find(Key key) {
        return kept.get(key);
    }

    private synchronized ByteBuffer keep(Key key, ByteBuffer values) {
        if (values.remaining() > bound || kept.containsKey(key)) {
            return values;
        }
        kept.put(key, values);
        bytes += values.remaining();
        var eldest = kept.entrySet().iterator();
        while (bytes > bound && eldest.hasNext()) {
            bytes -= eldest.next().getValue().remaining();
            eldest.remove();
        }
        return values;
    }

    /** Bytes that are kept now. */
    synchronized long bytes() {
        return bytes;
    }

    private static Key key(Shard shard, String array) {
        Path file = shard.file(array);
        try {
            return new Key(
                    file.toAbsolutePath(),
                    Files.size(file),
                    Files.getLastModifiedTime(file).toMillis(),
                    array);
        } catch (IOException e) {
            throw new InvalidDataException(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }
}
