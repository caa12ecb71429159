package io.millrace.svd.split;

/**
 * A rough, deterministic price of a layer in ONNX Runtime on a CPU, in units of one multiply-accumulate. It tells a
 * split that saves time from one that saves multiply-accumulates only: channels are computed in blocks of 16, and every
 * element that is read or written costs as much as some twenty multiply-accumulates, so that two thin layers can be
 * slower than one. Fitted to measurements of 3x3 convolutions of 16 to 128 channels; final figures are always measured.
 */
final class TimeEstimate {
    private static final int BLOCK = 16;
    private static final double PER_ELEMENT = 20;

    private TimeEstimate() {}

    /**
     * @param inputs channels read; {@code outputs} channels written
     * @param kernel kernel elements, height x width
     * @param read positions of the input map; {@code written} positions of the output map
     */
    static double layer(long inputs, long outputs, long kernel, long read, long written) {
        long in = inputs < BLOCK / 2 ? inputs : blocked(inputs);
        long out = blocked(outputs);
        return (double) in * out * kernel * written + PER_ELEMENT * (in * read + out * written);
    }

    private static long blocked(long channels) {
        return (channels + BLOCK - 1) / BLOCK * BLOCK;
    }
}
