package io.millrace.inference.sensitivity;

import io.millrace.onnx.Tensor;

/**
 * Numbers that count as such: the squared error over the squared deviation of the expected values from their mean over
 * the samples, each place of the output by its own mean. Agreement is 1 minus that, R2 against the network itself: 0 for
 * an answer that is always the mean, without bound below. Where nothing deviates, as with one sample, the squared values
 * take the deviation's place.
 */
final class ValueComparison implements OutputComparison {
    /** An output with more places than this has one mean for all of them. */
    private static final int MOST_PLACES = 1 << 16;

    private final boolean unitLength;
    private double[] first;
    private double[] sum;
    private double[] squares;
    private long[] counts;
    private double error;
    private double size;

    /** @param unitLength whether each sample's row is brought to length 1 before it is compared */
    ValueComparison(boolean unitLength) {
        this.unitLength = unitLength;
    }

    @Override
    public void add(Tensor expected, Tensor actual, int rows) {
        float[] wanted = expected.floats();
        float[] given = actual.floats();
        int end = OutputComparison.counted(expected, rows);
        int width = Math.max(1, end / Math.max(1, rows));
        if (unitLength) {
            toUnitLength(wanted, end, width);
            toUnitLength(given, end, width);
        }
        int places = width <= MOST_PLACES && (first == null || first.length == width) ? width : 1;
        if (first == null) {
            start(places, wanted);
        } else if (places != first.length) {
            merge();
            places = 1;
        }
        for (int i = 0; i < end; i++) {
            int place = places == 1 ? 0 : i % places;
            double deviation = wanted[i] - first[place];
            sum[place] += deviation;
            squares[place] += deviation * deviation;
            counts[place]++;
            double off = (double) wanted[i] - given[i];
            error += off * off;
            size += (double) wanted[i] * wanted[i];
        }
    }

    private void start(int places, float[] values) {
        first = new double[places];
        sum = new double[places];
        squares = new double[places];
        counts = new long[places];
        for (int i = 0; i < places && i < values.length; i++) {
            first[i] = values[i];
        }
    }

    /** Outputs whose size changes from batch to batch have no places of their own: one mean for all. */
    private void merge() {
        double base = first[0];
        for (int i = 1; i < first.length; i++) {
            double shift = first[i] - base;
            squares[0] += squares[i] + 2 * shift * sum[i] + counts[i] * shift * shift;
            sum[0] += sum[i] + counts[i] * shift;
            counts[0] += counts[i];
        }
        first = new double[] {base};
        sum = new double[] {sum[0]};
        squares = new double[] {squares[0]};
        counts = new long[] {counts[0]};
    }

    private static void toUnitLength(float[] values, int end, int width) {
        for (int start = 0; start + width <= end; start += width) {
            double squared = 0;
            for (int i = start; i < start + width; i++) {
                squared += (double) values[i] * values[i];
            }
            float length = (float) Math.sqrt(squared);
            for (int i = start; i < start + width && length > 0; i++) {
                values[i] /= length;
            }
        }
    }

    private double deviation() {
        double total = 0;
        for (int i = 0; i < first.length; i++) {
            total += Math.max(0, squares[i] - sum[i] * sum[i] / counts[i]);
        }
        return total;
    }

    @Override
    public double loss() {
        if (error == 0) {
            return 0;
        }
        double spread = deviation();
        double loss = error / (spread > 1e-12 * size ? spread : size);
        return Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss;
    }

    @Override
    public double agreement() {
        return 1 - loss();
    }
}
