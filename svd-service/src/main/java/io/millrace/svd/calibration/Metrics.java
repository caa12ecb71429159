package io.millrace.svd.calibration;

import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.layer.Rebuilt;
import io.millrace.tensor.Matrix;
import java.util.List;

/**
 * What data says of a layer, by group: the metric that factors are made by, and one of samples kept aside, by which they
 * are judged.
 */
public record Metrics(List<Metric> fitted, List<Metric> aside) {

    /** Squared error of the layer's output with a chain in its place, relative to the output's square, on the samples kept aside. */
    public double loss(Layer layer, List<ChainLink> chain) {
        Matrix[] kernels = layer.kernels();
        Matrix[] made = Rebuilt.of(layer, chain);
        double error = 0;
        double energy = 0;
        for (int g = 0; g < kernels.length; g++) {
            error += aside.get(g).error(kernels[g].plus(-1, made[g]));
            energy += aside.get(g).error(kernels[g]);
        }
        return energy > 0 ? error / energy : 0;
    }
}
