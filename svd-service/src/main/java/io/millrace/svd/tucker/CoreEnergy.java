package io.millrace.svd.tucker;

import io.millrace.svd.layer.Layer;
import io.millrace.svd.method.RankGrid;
import io.millrace.tensor.Matrix;
import java.util.Arrays;

/**
 * How much of a kernel every pair of ranks keeps, from one higher-order singular value decomposition: the squares of the
 * whole core, summed up from its first corner.
 */
final class CoreEnergy {
    private final Layer layer;
    private final double[][] kept;
    private final double[] outputEnergies;
    private final double[] inputEnergies;

    private CoreEnergy(Layer layer) {
        this.layer = layer;
        this.kept = new double[layer.outputs() + 1][layer.inputs() + 1];
        this.outputEnergies = new double[layer.outputs()];
        this.inputEnergies = new double[layer.inputs()];
    }

    /** Sums over the groups. */
    static CoreEnergy of(Layer layer) {
        CoreEnergy energy = new CoreEnergy(layer);
        for (Matrix kernel : layer.kernels()) {
            energy.add(kernel);
        }
        for (int o = 1; o <= layer.outputs(); o++) {
            for (int i = 1; i <= layer.inputs(); i++) {
                energy.kept[o][i] += energy.kept[o - 1][i] + energy.kept[o][i - 1] - energy.kept[o - 1][i - 1];
            }
        }
        return energy;
    }

    private void add(Matrix kernel) {
        Matrix byInput = Unfolding.byInput(kernel, layer);
        Matrix.Eigen outputs = kernel.timesTransposed(kernel).eigen();
        Matrix.Eigen inputs = byInput.timesTransposed(byInput).eigen();
        Matrix core = Unfolding.reduced(outputs.vectors().transposedTimes(kernel), inputs.vectors(), layer.taps());
        int taps = layer.taps();
        for (int o = 0; o < layer.outputs(); o++) {
            for (int i = 0; i < layer.inputs(); i++) {
                for (int k = 0; k < taps; k++) {
                    double value = core.at(o, i * taps + k);
                    kept[o + 1][i + 1] += value * value;
                }
            }
        }
        Arrays.setAll(outputEnergies, o -> outputEnergies[o] + Math.max(0, outputs.values()[o]));
        Arrays.setAll(inputEnergies, i -> inputEnergies[i] + Math.max(0, inputs.values()[i]));
    }

    /** Squared error of the kernel at these ranks, before they are refined. */
    double lost(int outputs, int inputs) {
        return kept[layer.outputs()][layer.inputs()] - kept[outputs][inputs];
    }

    /** The pair of ranks of variational Bayes, of outputs and of inputs, on the grid's steps. */
    int[] bayesian(RankGrid grid) {
        return new int[] {
            side(outputEnergies, layer.outputs(), layer.inputs() * layer.taps(), grid),
            side(inputEnergies, layer.inputs(), layer.outputs() * layer.taps(), grid)
        };
    }

    private int side(double[] energies, int channels, int others, RankGrid grid) {
        double[] singular = Arrays.stream(energies)
                .map(energy -> Math.sqrt(energy / layer.groups()))
                .limit(Math.min(channels, others))
                .toArray();
        int rank = Math.max(1, Evbmf.of(singular, channels, others).rank());
        int step = grid.alignment().step(channels);
        return Math.min(channels, (rank + step - 1) / step * step);
    }
}
