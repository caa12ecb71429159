package io.millrace.svd.layer;

/**
 * A kernel's elements seen as pairs: the place along some axes, and the place along the others.
 *
 * @param first of each element, its place along the chosen axes; {@code second} along the others
 */
public record KernelTaps(int[] first, int[] second, int firsts, int seconds) {

    /** @param axes those of the first place */
    public static KernelTaps of(Layer layer, boolean[] axes) {
        int[] first = new int[layer.taps()];
        int[] second = new int[layer.taps()];
        int firsts = 1;
        int seconds = 1;
        for (int axis = 0; axis < axes.length; axis++) {
            firsts *= axes[axis] ? layer.kernel(axis) : 1;
            seconds *= axes[axis] ? 1 : layer.kernel(axis);
        }
        for (int k = 0; k < first.length; k++) {
            int rest = k;
            int stepFirst = 1;
            int stepSecond = 1;
            for (int axis = axes.length - 1; axis >= 0; axis--) {
                int place = rest % layer.kernel(axis);
                rest /= layer.kernel(axis);
                if (axes[axis]) {
                    first[k] += place * stepFirst;
                    stepFirst *= layer.kernel(axis);
                } else {
                    second[k] += place * stepSecond;
                    stepSecond *= layer.kernel(axis);
                }
            }
        }
        return new KernelTaps(first, second, firsts, seconds);
    }
}
