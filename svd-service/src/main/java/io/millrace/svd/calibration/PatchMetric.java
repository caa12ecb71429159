package io.millrace.svd.calibration;

import io.millrace.svd.layer.KernelTaps;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.tensor.Matrix;

/**
 * The metric of data: second moments of the patches that a group's kernel is multiplied by.
 *
 * @param moments {@code [(inputs taps) x (inputs taps)]}
 */
public record PatchMetric(Matrix moments) implements Metric {

    @Override
    public Matrix weigh(Matrix kernel) {
        return kernel.times(moments);
    }

    @Override
    public Matrix seen(Layer layer, boolean[] axes) {
        KernelTaps taps = KernelTaps.of(layer, axes);
        int size = layer.inputs() * taps.firsts();
        int all = layer.taps();
        double[] sums = new double[size * size];
        for (int i = 0; i < layer.inputs(); i++) {
            for (int k = 0; k < all; k++) {
                int row = i * taps.firsts() + taps.first()[k];
                for (int j = 0; j < layer.inputs(); j++) {
                    for (int l = 0; l < all; l++) {
                        if (taps.second()[k] == taps.second()[l]) {
                            sums[row * size + j * taps.firsts() + taps.first()[l]] +=
                                    moments.at(i * all + k, j * all + l) / taps.seconds();
                        }
                    }
                }
            }
        }
        return new Matrix(sums, size, size);
    }
}
