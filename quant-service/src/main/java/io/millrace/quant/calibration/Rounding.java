package io.millrace.quant.calibration;

/** What rounding to eight bits does to the values of a histogram. */
final class Rounding {
    static final int STEPS = 255;

    private final double[] middles;
    private final long[] counts;

    Rounding(Histogram values) {
        long[] all = values.counts();
        int occupied = 0;
        for (long count : all) {
            occupied += count > 0 ? 1 : 0;
        }
        middles = new double[occupied];
        counts = new long[occupied];
        for (int bin = 0, at = 0; bin < all.length; bin++) {
            if (all[bin] > 0) {
                middles[at] = Math.max(values.min(), Math.min(values.max(), values.middle(bin)));
                counts[at++] = all[bin];
            }
        }
    }

    /** Sum of squared errors where a range is covered, as its encoding rounds. */
    double error(Range range) {
        double scale = (range.max() - range.min()) / STEPS;
        return scale > 0 ? error(scale, Math.rint(range.min() / scale), 1) : energy();
    }

    /**
     * Sum of squared errors.
     *
     * @param offset steps from zero to the lower end
     * @param saturation how much more the errors of values outside count
     */
    double error(double scale, double offset, double saturation) {
        double low = offset * scale;
        double high = (offset + STEPS) * scale;
        double error = 0;
        for (int i = 0; i < middles.length; i++) {
            double value = middles[i];
            if (value < low || value > high) {
                double beyond = value < low ? low - value : value - high;
                error += counts[i] * saturation * beyond * beyond;
            } else {
                double difference = value - Math.rint(value / scale) * scale;
                error += counts[i] * difference * difference;
            }
        }
        return error;
    }

    /** Sum of squares. */
    double energy() {
        double energy = 0;
        for (int i = 0; i < middles.length; i++) {
            energy += counts[i] * middles[i] * middles[i];
        }
        return energy;
    }
}
