package io.millrace.data;

/**
 * How a data set is handed out.
 *
 * @param size samples in a batch
 * @param shuffleSeed decides the order; {@code null} for the order of the files
 * @param limit at most so many samples; 0 for all
 * @param dropLast whether a last batch that is not full is left out
 */
public record BatchOptions(int size, Long shuffleSeed, long limit, boolean dropLast) {
    public BatchOptions {
        if (size < 1) {
            throw new IllegalArgumentException("a batch holds at least one sample, not " + size);
        }
    }

    /** Everything, in the order of the files. */
    public static BatchOptions inOrder(int size) {
        return new BatchOptions(size, null, 0, false);
    }

    /** Everything, shuffled. */
    public static BatchOptions shuffled(int size, long seed) {
        return new BatchOptions(size, seed, 0, false);
    }

    public BatchOptions limitedTo(long samples) {
        return new BatchOptions(size, shuffleSeed, samples, dropLast);
    }

    public BatchOptions droppingLast() {
        return new BatchOptions(size, shuffleSeed, limit, true);
    }
}
