package io.millrace.inference.sensitivity;

import io.millrace.onnx.Tensor;
import java.util.Map;

/**
 * How far the outputs of a changed network are from those of the network itself, summed over batches; needs no labels.
 * An output {@code [N, classes]} counts by its Kullback-Leibler divergence (of the softmax of both, or of the values
 * themselves where they are probabilities already), any other by its squared error relative to its squared size. Both
 * are smooth, so that few samples tell more than a count of changed answers would.
 */
public final class OutputDivergence {
    private static final double FLOOR = 1e-12;

    private double divergence;
    private double squaredError;
    private double squaredSize;
    private long agreeing;
    private long rows;

    /** Takes in one batch. Outputs that {@code changed} lacks or that are not of floating point are left out. */
    public void add(Map<String, Tensor> reference, Map<String, Tensor> changed) {
        reference.forEach((name, tensor) -> {
            Tensor other = changed.get(name);
            if (other == null || !tensor.type().isFloatingPoint()) {
                return;
            }
            float[] expected = tensor.floats();
            float[] actual = other.floats();
            if (expected.length != actual.length) {
                throw new IllegalArgumentException(
                        "output %s is %s after the change, not %s".formatted(name, other, tensor));
            }
            if (tensor.rank() == 2 && tensor.dim(1) > 1) {
                addRows(expected, actual, Math.toIntExact(tensor.dim(1)));
            } else {
                addValues(expected, actual);
            }
        });
    }

    /** The mean divergence of rows plus the relative squared error of other outputs; 0 for an unchanged network. */
    public double loss() {
        double loss = (rows == 0 ? 0 : divergence / rows) + (squaredSize == 0 ? 0 : squaredError / squaredSize);
        return Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss;
    }

    /** Share of rows whose largest value is at the same place; 1 where there are no rows. */
    public double agreement() {
        return rows == 0 ? 1 : (double) agreeing / rows;
    }

    private void addRows(float[] expected, float[] actual, int width) {
        boolean probabilities = probabilities(expected, width);
        double[] p = new double[width];
        double[] q = new double[width];
        for (int start = 0; start < expected.length; start += width) {
            logarithms(expected, start, probabilities, p);
            logarithms(actual, start, probabilities, q);
            for (int i = 0; i < width; i++) {
                divergence += Math.exp(p[i]) * (p[i] - q[i]);
            }
            agreeing += largest(p) == largest(q) ? 1 : 0;
            rows++;
        }
    }

    private void addValues(float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            double error = expected[i] - actual[i];
            squaredError += error * error;
            squaredSize += (double) expected[i] * expected[i];
        }
    }

    private static boolean probabilities(float[] values, int width) {
        for (int start = 0; start < values.length; start += width) {
            double sum = 0;
            for (int i = start; i < start + width; i++) {
                if (values[i] < 0) {
                    return false;
                }
                sum += values[i];
            }
            if (Math.abs(sum - 1) > 1e-3) {
                return false;
            }
        }
        return true;
    }

    private static void logarithms(float[] values, int start, boolean probabilities, double[] into) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < into.length; i++) {
            into[i] = probabilities ? Math.log(Math.max(FLOOR, values[start + i])) : values[start + i];
            largest = Math.max(largest, into[i]);
        }
        if (probabilities) {
            return;
        }
        double sum = 0;
        for (double value : into) {
            sum += Math.exp(value - largest);
        }
        double normaliser = largest + Math.log(sum);
        for (int i = 0; i < into.length; i++) {
            into[i] -= normaliser;
        }
    }

    private static int largest(double[] values) {
        int at = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[at]) {
                at = i;
            }
        }
        return at;
    }
}
