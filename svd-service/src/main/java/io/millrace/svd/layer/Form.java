package io.millrace.svd.layer;

/**
 * The shape of one thin layer of a chain that takes a layer's place.
 *
 * @param name what it is called behind the layer's own name: {@code vertical}, {@code core}
 * @param groups groups of channels that do not see each other
 * @param inputs channels it reads, of all groups; {@code outputs} channels it makes
 * @param axes whether it has the layer's kernel, stride, dilation and padding along each axis; it is one element wide
 *     along the others. Each axis is with exactly one layer of a chain
 */
public record Form(String name, int groups, int inputs, int outputs, boolean[] axes) {

    /** Kernel elements. */
    int taps(Layer layer) {
        int taps = 1;
        for (int axis = 0; axis < axes.length; axis++) {
            taps *= axes[axis] ? layer.kernel(axis) : 1;
        }
        return taps;
    }

    /** Numbers in its weight. */
    public long parameters(Layer layer) {
        return (long) outputs * (inputs / groups) * taps(layer);
    }
}
