package io.millrace.data;

/**
 * How a data set is handed out.
 *
 * @param size samples in a batch
 * @param shuffleSeed decides the order; {@code null} for the order of the files
 * @param limit at most so many samples; 0 for all
 * @param last what becomes of a last batch that is not full
 * @param part only these samples; {@code null} for all
 */
public record BatchOptions(int size, Long shuffleSeed, long limit, Last last, Part part) {

    /**
     * Part of a data set: the samples that are the first {@code samples} in the order of {@code seed}, or all others.
     *
     * @param inside the former
     */
    public record Part(long seed, long samples, boolean inside) {}

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

    /** Of all samples. */
    public BatchOptions(int size, Long shuffleSeed, long limit, Last last) {
        this(size, shuffleSeed, limit, last, null);
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
        return new BatchOptions(size, shuffleSeed, samples, last, part);
    }

    public BatchOptions fillingLast() {
        return new BatchOptions(size, shuffleSeed, limit, Last.FILLED, part);
    }

    /** Only the samples that {@code shuffled(..., seed).limitedTo(samples)} gives. */
    public BatchOptions onlyDrawn(long seed, long samples) {
        return new BatchOptions(size, shuffleSeed, limit, last, new Part(seed, samples, true));
    }

    /** All samples but those that {@code shuffled(..., seed).limitedTo(samples)} gives. */
    public BatchOptions withoutDrawn(long seed, long samples) {
        return new BatchOptions(size, shuffleSeed, limit, last, new Part(seed, samples, false));
    }
}
