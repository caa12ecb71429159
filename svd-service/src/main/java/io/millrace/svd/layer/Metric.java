package io.millrace.svd.layer;

import io.millrace.tensor.Matrix;

/**
 * How much an error in the kernel of one group matters: by the second moments C of what the kernel meets, so that an
 * error E costs tr(E C E'), the squared error of the layer's output. A kernel is {@code [outputs x (inputs taps)]}; C is
 * {@code [(inputs taps) x (inputs taps)]}.
 */
public interface Metric {

    /** E C. */
    Matrix weigh(Matrix kernel);

    /**
     * C as a factor sees it that has the kernel along some axes only, the mean over the positions along the others.
     *
     * @return {@code [(inputs taps) x (inputs taps)]} with the taps of these axes only; {@code null} for a multiple of I
     */
    Matrix seen(Layer layer, boolean[] axes);

    /** tr(E C E'). */
    default double error(Matrix difference) {
        return difference.dot(weigh(difference));
    }

    /** Every part of the kernel matters alike. */
    Metric PLAIN = new Metric() {
        @Override
        public Matrix weigh(Matrix kernel) {
            return kernel;
        }

        @Override
        public Matrix seen(Layer layer, boolean[] axes) {
            return null;
        }
    };
}
