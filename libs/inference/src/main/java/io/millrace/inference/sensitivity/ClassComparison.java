package io.millrace.inference.sensitivity;

import io.millrace.onnx.Tensor;

/**
 * Scores or probabilities of classes along one axis: the mean Kullback-Leibler divergence (of the softmax of both, or of
 * the values themselves where they are probabilities), and the share of rows whose largest value is at the same place.
 */
final class ClassComparison implements OutputComparison {
    private static final double FLOOR = 1e-12;

    private final int axis;
    private final boolean normalised;
    private double divergence;
    private long agreeing;
    private long rows;

    /** @param normalised whether the values are known to be probabilities; otherwise they are if all rows sum to 1 */
    ClassComparison(int axis, boolean normalised) {
        this.axis = axis;
        this.normalised = normalised;
    }

    @Override
    public void add(Tensor expected, Tensor actual, int samples) {
        int classes = Math.toIntExact(expected.dim(axis));
        int inner = 1;
        for (int i = axis + 1; i < expected.rank(); i++) {
            inner *= Math.toIntExact(expected.dim(i));
        }
        int end = OutputComparison.counted(expected, samples);
        float[] wanted = expected.floats();
        float[] given = actual.floats();
        boolean probabilities = normalised || probabilities(wanted, end, classes, inner);
        double[] p = new double[classes];
        double[] q = new double[classes];
        for (int block = 0; block < end; block += classes * inner) {
            for (int start = block; start < block + inner; start++) {
                logarithms(wanted, start, inner, probabilities, p);
                logarithms(given, start, inner, probabilities, q);
                for (int i = 0; i < classes; i++) {
                    double weight = Math.exp(p[i]);
                    divergence += weight == 0 ? 0 : weight * (p[i] - q[i]);
                }
                int choice = largest(given, start, inner, classes);
                agreeing += choice >= 0 && choice == largest(wanted, start, inner, classes) ? 1 : 0;
                rows++;
            }
        }
    }

    @Override
    public double loss() {
        return Double.isNaN(divergence) ? Double.POSITIVE_INFINITY : divergence / rows;
    }

    @Override
    public double agreement() {
        return (double) agreeing / rows;
    }

    private static boolean probabilities(float[] values, int end, int classes, int inner) {
        for (int block = 0; block < end; block += classes * inner) {
            for (int start = block; start < block + inner; start++) {
                double sum = 0;
                for (int i = 0; i < classes; i++) {
                    float value = values[start + i * inner];
                    if (value < 0) {
                        return false;
                    }
                    sum += value;
                }
                if (!(Math.abs(sum - 1) <= 1e-3)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static void logarithms(float[] values, int start, int step, boolean probabilities, double[] into) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < into.length; i++) {
            float value = values[start + i * step];
            into[i] = probabilities ? Math.log(Math.max(FLOOR, value)) : value;
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

    /** The first place of the largest value; -1 where one is no number, and so agrees with no place. */
    private static int largest(float[] values, int start, int step, int classes) {
        int at = 0;
        for (int i = 0; i < classes; i++) {
            float value = values[start + i * step];
            if (Float.isNaN(value)) {
                return -1;
            }
            if (value > values[start + at * step]) {
                at = i;
            }
        }
        return at;
    }
}
