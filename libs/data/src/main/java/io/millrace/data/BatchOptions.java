package io.millrace.data;

/**
 * How a data set is handed out.
 *
 * @param size samples in a batch
 * @param shuffleSeed decides the order; {@code null} for the order of the files
 * @param limit at most so many samples; 0 for all
 * @param last what becomes of a last batch that is not full
 */
public record BatchOptions(int size, Long shuffleSeed, long limit, Last last) {

    /** What becomes of a last batch that is not full. */
    public enum Last {
        /** It comes as it is. */
        SHORT,
        /** It is left out. */
        DROPPED,
        /** It is filled up with the first samples once more: for models that take one batch size only. */
        FILLED
    }

    public BatchOptions {
        if (size < 1) {
            throw new IllegalArgumentException("a batch holds at least one sample, not " + size);
        }
    }

    /** As above; a last batch that is not full comes as it is, or not at all. */
    public BatchOptions(int size, Long shuffleSeed, long limit, boolean dropLast) {
        this(size, shuffleSeed, limit, dropLast ? Last.DROPPED : Last.SHORT);
    }

    /** Everything, in the order of the files. */
    public static BatchOptions inOrder(int size) {
        return new BatchOptions(size, null, 0, Last.SHORT);
    }

    /** Everything, shuffled. */
    public static BatchOptions shuffled(int size, long seed) {
        return new BatchOptions(size, seed, 0, Last.SHORT);
    }

    public BatchOptions limitedTo(long samples) {
        return new BatchOptions(size, shuffleSeed, samples, last);
    }

    public BatchOptions droppingLast() {
        return new BatchOptions(size, shuffleSeed, limit, Last.DROPPED);
    }

    public BatchOptions fillingLast() {
        return new BatchOptions(size, shuffleSeed, limit, Last.FILLED);
    }
}
