package io.millrace.tensor;

/**
 * How a model is run and trained.
 *
 * @param threads threads of one operation, at least 1
 * @param layout how images lie in memory
 */
public record TrainingOptions(int threads, Layout layout) {

    /** Memory order of the activations of 2-D networks; which is faster depends on the network. */
    public enum Layout {
        CHANNELS_FIRST,
        CHANNELS_LAST
    }

    public TrainingOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, not " + threads);
        }
        layout = layout == null ? Layout.CHANNELS_LAST : layout;
    }

    public static TrainingOptions withThreads(int threads) {
        return new TrainingOptions(threads, null);
    }
}
