package io.millrace.svd.layer;

/**
 * A rough, deterministic price of a layer in ONNX Runtime on a CPU, in units of one multiply-accumulate. It tells a
 * chain that saves time from one that saves multiply-accumulates only: channels are computed in blocks of 16, and every
 * element that is read or written costs as much as some twenty multiply-accumulates, so that two thin layers can be
 * slower than one. Fitted to measurements of 3x3 convolutions of 16 to 128 channels; final figures are always measured.
 */
final class TimeEstimate {
    private static final int BLOCK = 16;
    private static final double PER_ELEMENT = 20;

    private TimeEstimate() {}

    /**
     * @param inputs channels read, of all groups; {@code outputs} channels written
     * @param kernel kernel elements, height x width
     * @param read positions of the input map; {@code written} positions of the output map
     */
    static double layer(int groups, long inputs, long outputs, long kernel, long read, long written) {
        boolean depthwise = groups == inputs;
        long in = !depthwise && inputs / groups < BLOCK / 2 ? inputs : groups * blocked(inputs / groups, depthwise);
        long out = depthwise ? blocked(outputs, false) : groups * blocked(outputs / groups, false);
        return (double) in / groups * out * kernel * written + PER_ELEMENT * (in * read + out * written);
    }

    private static long blocked(long channels, boolean alone) {
        return alone ? channels : (channels + BLOCK - 1) / BLOCK * BLOCK;
    }
}
