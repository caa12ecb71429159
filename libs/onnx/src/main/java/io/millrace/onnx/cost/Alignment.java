package io.millrace.onnx.cost;

/**
 * The counts of channels, and the ranks, on which a runtime is fast. CPU kernels compute channels in blocks: a count
 * between two multiples of the block costs what the next multiple costs, and one that is no multiple of 4 leaves the
 * fast path altogether.
 *
 * @param multiple every count is a multiple of this; 0: the multiple that suits the layer's width, see {@link #step}
 */
public record Alignment(int multiple) {

    /** Multiples of 16 where a layer has at least 32 channels, of 8 where at least 16, of 4 below. */
    public static final Alignment RUNTIME = new Alignment(0);

    /** Any count. */
    public static final Alignment NONE = new Alignment(1);

    /**
     * Refuses negative numbers.
     *
     * @param multiple 0 for what the runtime likes
     */
    public Alignment {
        if (multiple < 0) {
            throw new IllegalArgumentException("align must be \"runtime\" or a number from 1 on, not " + multiple);
        }
    }

    /**
     * Reads {@code runtime} or a number.
     *
     * @param text {@code runtime} or a number
     * @return the alignment that is meant
     * @throws IllegalArgumentException for anything else
     */
    public static Alignment parse(String text) {
        if (text.equals("runtime")) {
            return RUNTIME;
        }
        if (!text.matches("[1-9][0-9]{0,5}")) {
            throw new IllegalArgumentException("align must be \"runtime\" or a number from 1 on, not \"" + text + "\"");
        }
        return new Alignment(Integer.parseInt(text));
    }

    /**
     * {@return the distance between counts for a layer of this many channels}
     *
     * @param channels of the layer before anything is removed
     */
    public int step(long channels) {
        if (multiple > 0) {
            return multiple;
        }
        return channels >= 32 ? 16 : channels >= 16 ? 8 : 4;
    }

    /** {@return whether counts follow the runtime, so that time matters and not only the count of operations} */
    public boolean followsRuntime() {
        return multiple == 0;
    }
}
