package io.millrace.svd.layer;

/**
 * One thin layer of a chain.
 *
 * @param weight {@code [outputs, inputs / groups, kernel]}, row-major, the outputs of a group next to each other; the
 *     kernel in the order of the layer's axes
 */
public record ChainLink(Form form, float[] weight) {

    /** The largest magnitude in the weight. */
    public double largest() {
        double largest = 0;
        for (float value : weight) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
