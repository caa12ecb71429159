package io.millrace.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Direct memory that is lent for one run and comes back after it. Fresh direct memory is zeroed first and given back by the
 * garbage collector only, which a loop over large batches forces every few dozen of them.
 */
final class DirectBuffers {
    private static final DirectBuffers SHARED = new DirectBuffers(256L << 20);

    private final long bound;
    private final List<ByteBuffer> free = new ArrayList<>();
    private long bytes;

    /** @param bound bytes kept at most; what comes back beyond them is left to the garbage collector */
    DirectBuffers(long bound) {
        this.bound = bound;
    }

    static DirectBuffers shared() {
        return SHARED;
    }

    /** At least so many bytes of whatever content, at most twice as many where they were lent before. */
    synchronized ByteBuffer take(int size) {
        ByteBuffer best = null;
        for (ByteBuffer buffer : free) {
            boolean fits = buffer.capacity() >= size && buffer.capacity() / 2 <= size;
            if (fits && (best == null || buffer.capacity() < best.capacity())) {
                best = buffer;
            }
        }
        if (best == null) {
            return ByteBuffer.allocateDirect(size);
        }
        ByteBuffer found = best;
        free.removeIf(buffer -> buffer == found);
        bytes -= found.capacity();
        return found;
    }

    /** The bytes in a lent buffer, from its start. */
    ByteBuffer copyOf(ByteBuffer values) {
        int size = values.remaining();
        ByteBuffer lent = take(size).clear();
        lent.put(values.duplicate());
        return lent.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Takes back what was lent; nobody may read it any more. */
    synchronized void giveBack(ByteBuffer lent) {
        while (!free.isEmpty() && bytes + lent.capacity() > bound) {
            bytes -= free.remove(0).capacity();
        }
        if (lent.capacity() <= bound) {
            free.add(lent);
            bytes += lent.capacity();
        }
    }

    /** Bytes that lie ready. */
    synchronized long bytes() {
        return bytes;
    }
}
