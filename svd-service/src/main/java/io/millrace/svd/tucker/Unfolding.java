package io.millrace.svd.tucker;

import io.millrace.svd.layer.Layer;
import io.millrace.tensor.Matrix;

/** A kernel {@code [outputs x (inputs taps)]} from the side of its inputs. */
final class Unfolding {
    private Unfolding() {}

    /** {@code [inputs x (outputs taps)]}. */
    static Matrix byInput(Matrix kernel, Layer layer) {
        int taps = layer.taps();
        int outputs = kernel.rows();
        double[] values = new double[kernel.values().length];
        int at = 0;
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < layer.inputs(); i++) {
                for (int k = 0; k < taps; k++) {
                    values[(i * outputs + o) * taps + k] = kernel.values()[at++];
                }
            }
        }
        return new Matrix(values, layer.inputs(), outputs * taps);
    }

    /** The inputs of a kernel {@code [outputs x (inputs taps)]} mixed by {@code [inputs x r]}: {@code [outputs x (r taps)]}. */
    static Matrix reduced(Matrix kernel, Matrix inputs, int taps) {
        return kernel.times(spread(inputs, taps));
    }

    /** What each of r mixtures of inputs sees at each tap: {@code [(inputs taps) x (r taps)]}. */
    static Matrix spread(Matrix inputs, int taps) {
        int columns = inputs.columns() * taps;
        double[] values = new double[inputs.rows() * taps * columns];
        for (int i = 0; i < inputs.rows(); i++) {
            for (int r = 0; r < inputs.columns(); r++) {
                for (int k = 0; k < taps; k++) {
                    values[(i * taps + k) * columns + r * taps + k] = inputs.at(i, r);
                }
            }
        }
        return new Matrix(values, inputs.rows() * taps, columns);
    }
}
