package io.millrace.svd.calibration;

import io.millrace.svd.layer.KernelTaps;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.tensor.Matrix;

/**
 * The metric of data for kernels whose patches are too large, or overlap: as if what is met at different taps were
 * independent.
 *
 * @param moments of a group's input channels at one position, {@code [inputs x inputs]}
 * @param taps elements of the kernel
 */
public record ChannelMetric(Matrix moments, int taps) implements Metric {

    @Override
    public Matrix weigh(Matrix kernel) {
        int inputs = moments.rows();
        int rows = kernel.values().length / (inputs * taps);
        double[] channelsLast = new double[kernel.values().length];
        for (int at = 0; at < channelsLast.length; at++) {
            int row = at / (inputs * taps);
            channelsLast[(row * taps + at % taps) * inputs + at / taps % inputs] = kernel.values()[at];
        }
        Matrix weighed = new Matrix(channelsLast, rows * taps, inputs).times(moments);
        double[] values = new double[kernel.values().length];
        for (int at = 0; at < values.length; at++) {
            int row = at / (inputs * taps);
            values[at] = weighed.values()[(row * taps + at % taps) * inputs + at / taps % inputs];
        }
        return new Matrix(values, kernel.rows(), kernel.columns());
    }

    @Override
    public Matrix seen(Layer layer, boolean[] axes) {
        int firsts = KernelTaps.of(layer, axes).firsts();
        int size = moments.rows() * firsts;
        double[] values = new double[size * size];
        for (int i = 0; i < moments.rows(); i++) {
            for (int j = 0; j < moments.rows(); j++) {
                for (int k = 0; k < firsts; k++) {
                    values[(i * firsts + k) * size + j * firsts + k] = moments.at(i, j);
                }
            }
        }
        return new Matrix(values, size, size);
    }
}
